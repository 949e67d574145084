//! What a technician sets about cloud numbers.

use std::net::SocketAddr;

use serde::Deserialize;

use crate::telephony::Country;

/// `[text.webhooks]`: where cloud providers call the box.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    /// Where they are served, behind the proxy or tunnel that does TLS.
    pub bind: SocketAddr,
    /// Twilio-style messages: form posts, signed.
    #[serde(default)]
    pub twilio: Vec<TwilioConfig>,
    /// Africa's Talking USSD: form posts, unsigned; the path is the secret.
    #[serde(default)]
    pub africas_talking_ussd: Vec<UssdConfig>,
}

/// `[[text.webhooks.twilio]]`
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TwilioConfig {
    /// What this route is called in pages and logs.
    pub name: String,
    /// The path it is served under, beginning with `/`.
    pub path: String,
    /// The whole address as the provider calls it: it is signed.
    pub public_address: String,
    pub auth_token: String,
    /// The country of numbers written without a country code.
    #[serde(default)]
    pub country: Country,
}

/// `[[text.webhooks.africas_talking_ussd]]`
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UssdConfig {
    /// What this route is called in pages and logs.
    pub name: String,
    /// Begins with `/`, and holds at least 16 letters that nobody guesses.
    pub path: String,
    #[serde(default)]
    pub country: Country,
}

impl WebhookConfig {
    /// What is wrong with it, as it stands after "use text.webhooks:".
    pub fn fault(&self) -> Option<&'static str> {
        let named = |name: &str| (1..=32).contains(&name.len());
        let path = |path: &str| path.starts_with('/') && !path.contains(['{', '}', '*', '?']);
        let twilio = |route: &TwilioConfig| {
            named(&route.name) && path(&route.path) && !route.auth_token.is_empty()
        };
        if !self.twilio.iter().all(twilio) {
            return Some("a name has 1 to 32 letters, a path begins with /, a token is not empty");
        }
        let ussd =
            |route: &UssdConfig| named(&route.name) && path(&route.path) && route.path.len() >= 17;
        if !self.africas_talking_ussd.iter().all(ussd) {
            return Some("an unsigned path begins with / and holds at least 16 letters");
        }
        None
    }

    /// Names of all routes.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let twilio = self.twilio.iter().map(|route| route.name.as_str());
        twilio.chain(
            self.africas_talking_ussd
                .iter()
                .map(|route| route.name.as_str()),
        )
    }
}

impl std::fmt::Debug for TwilioConfig {
    /// Without the token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

impl std::fmt::Debug for UssdConfig {
    /// Without the path, which is a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}
