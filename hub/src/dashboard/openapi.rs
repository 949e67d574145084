//! The API, described for programs: OpenAPI 3.1, from the list of routes.

use serde_json::{Map, Value, json};

use super::routes::ROUTES;

pub(super) fn document() -> Value {
    let mut paths = Map::new();
    paths.insert("/login".to_owned(), login());
    for route in ROUTES {
        let day = |name: &str| {
            json!({ "name": name, "in": "query", "schema": { "type": "string", "format": "date" },
                    "description": "local day" })
        };
        let mut parameters = vec![
            day("from"),
            day("to"),
            json!({ "name": "after", "in": "query", "description": "rows to skip",
                    "schema": { "type": "integer", "minimum": 0, "maximum": 4_294_967_295_u32 } }),
        ];
        if route.path.contains("{id}") {
            parameters.push(json!({ "name": "id", "in": "path", "required": true,
                                    "schema": { "type": "string", "minLength": 1 } }));
        }
        let get = json!({
            "summary": route.says,
            "parameters": parameters,
            "responses": {
                "200": answer(&json!({ "$ref": "#/components/schemas/View" })),
                "400": error(), "401": error(), "403": error(), "404": error(), "429": error(),
                "503": error()
            }
        });
        paths.insert(route.path.to_owned(), json!({ "get": get }));
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Ishuri hub", "version": env!("CARGO_PKG_VERSION") },
        "servers": [{ "url": "/api/v1" }],
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            "schemas": { "View": view(), "Error": {
                "type": "object", "required": ["error"],
                "properties": { "error": { "type": "string" } }
            } }
        }
    })
}

fn login() -> Value {
    json!({
        "post": {
            "summary": "log in; the token goes into `Authorization: Bearer`",
            "security": [],
            "requestBody": {
                "required": true,
                "content": { "application/json": { "schema": {
                    "type": "object",
                    "required": ["login", "password"],
                    "properties": {
                        "login": { "type": "string" },
                        "password": { "type": "string" },
                        "code": { "type": "string", "description": "second factor, if there is one" }
                    }
                } } }
            },
            "responses": {
                "200": answer(&json!({
                    "type": "object", "required": ["token"],
                    "properties": { "token": { "type": "string" } }
                })),
                "400": { "description": "not JSON" },
                "403": error(), "415": { "description": "not JSON" },
                "422": { "description": "a field is missing" }, "429": error(), "503": error()
            }
        }
    })
}

fn view() -> Value {
    let cell = json!({ "description": "text, number, null if unknown, or a link" });
    json!({
        "type": "object",
        "required": ["title", "age", "figures", "tables"],
        "properties": {
            "title": { "type": "string" },
            "age": {
                "type": ["object", "null"],
                "properties": {
                    "as_of_ms": { "type": ["integer", "null"] },
                    "boxes_fresh": { "type": "integer" },
                    "boxes": { "type": "integer" }
                }
            },
            "figures": { "type": "array", "items": {
                "type": "object", "required": ["name", "value", "note"],
                "properties": { "name": { "type": "string" }, "value": cell, "note": { "type": "string" } }
            } },
            "tables": { "type": "object", "additionalProperties": {
                "type": "object", "required": ["columns", "rows"],
                "properties": {
                    "columns": { "type": "array", "items": { "type": "string" } },
                    "rows": { "type": "array", "items": { "type": "array", "items": cell } }
                }
            } }
        }
    })
}

fn answer(schema: &Value) -> Value {
    json!({ "description": "as asked", "content": { "application/json": { "schema": schema } } })
}

fn error() -> Value {
    json!({ "description": "why not", "content": { "application/json": {
        "schema": { "$ref": "#/components/schemas/Error" } } } })
}
