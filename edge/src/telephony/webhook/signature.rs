//! Signatures: who calls a webhook is believed only by what it signed.

use ring::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, HMAC_SHA256, Key, sign, verify};

use super::form::Form;

/// True if Twilio signed this request: HMAC-SHA1 over the address as it was called and every field,
/// sorted, in base64. The address is signed with or without its port, as Twilio pleases.
pub(super) fn is_twilio(token: &str, address: &str, form: &Form, signature: &str) -> bool {
    let fields: String = form
        .sorted()
        .into_iter()
        .flat_map(|(name, value)| [name, value])
        .collect();
    let key = Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.as_bytes());
    addresses(address).iter().any(|address| {
        let expected = base64(sign(&key, format!("{address}{fields}").as_bytes()).as_ref());
        same(&expected, signature)
    })
}

/// True if a secret in a path or a header is the one that was agreed, in a time that tells nothing.
pub(super) fn same(expected: &str, given: &str) -> bool {
    // Compared by their signatures under a key nobody chose: equal only if both are.
    let key = Key::new(HMAC_SHA256, b"compare");
    verify(
        &key,
        given.as_bytes(),
        sign(&key, expected.as_bytes()).as_ref(),
    )
    .is_ok()
}

/// The address, and the address with the port of its scheme written out or left out.
fn addresses(address: &str) -> Vec<String> {
    let mut addresses = vec![address.to_owned()];
    let Some((scheme, rest)) = address.split_once("://") else {
        return addresses;
    };
    let port = if scheme == "https" { ":443" } else { ":80" };
    let (host, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    addresses.push(match host.rsplit_once(':') {
        Some((name, _)) => format!("{scheme}://{name}{path}"),
        None => format!("{scheme}://{host}{port}{path}"),
    });
    addresses
}

/// RFC 4648, section 4.
fn base64(octets: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in octets.chunks(3) {
        let at = |index: usize| u32::from(three.get(index).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4usize {
            let index = usize::try_from(bits >> (18 - 6 * place) & 63).unwrap_or(0);
            let letter = if place <= three.len() {
                char::from(LETTERS[index])
            } else {
                '='
            };
            text.push(letter);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(token: &str, address: &str, form: &str, signature: &str, expected: bool) {
        let form = Form::parse(form.as_bytes()).unwrap();
        assert_eq!(is_twilio(token, address, &form, signature), expected);
    }

    const CALL: &str = "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&\
                        From=%2B14158675309&To=%2B18005551212";

    /// Vectors published with Twilio's own library.
    #[test]
    fn twilio_s_signatures_are_believed_with_and_without_a_port() {
        let https = "https://mycompany.com/myapp.php?foo=1&bar=2";
        let http = "http://mycompany.com/myapp.php?foo=1&bar=2";
        check("12345", https, CALL, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", true);
        check("12345", https, CALL, "kvajT1Ptam85bY51eRf/AJRuM3w=", true);
        check("12345", http, CALL, "0ZXoZLH/DfblKGATFgpif+LLRf4=", true);
        let repeated = "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234";
        check(
            "12345",
            https,
            repeated,
            "IK+Dwps556ElfBT0I3Rgjkr1wJU=",
            true,
        );
        let message = "AccountSid=AC00000000000000000000000000000001&Body=Muraho%21+3+%2B+4+%3D+%3F&\
                       From=whatsapp%3A%2B250788000001&\
                       MessageSid=SM00000000000000000000000000000001&NumMedia=0&\
                       To=whatsapp%3A%2B250788000999";
        let sms = "https://hub.example.org/twilio/sms";
        check(
            "testtoken",
            sms,
            message,
            "4jSbtCxuEHg2KPjpxke7FQ8RqKI=",
            true,
        );
        check(
            "testtoken",
            sms,
            message,
            "4jSbtCxuEHg2KPjpxke7FQ8RqKJ=",
            false,
        );
        check("other", sms, message, "4jSbtCxuEHg2KPjpxke7FQ8RqKI=", false);
        check(
            "12345",
            https,
            "Digits=1",
            "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
            false,
        );
        check("12345", https, CALL, "", false);
    }

    #[test]
    fn base64_is_that_of_the_standard() {
        for (octets, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(octets.as_bytes()), text);
        }
    }

    #[test]
    fn secrets_are_the_same_or_not() {
        assert!(same("a", "a") && !same("a", "b") && !same("a", "") && !same("", "a"));
    }
}
