//! Who calls, from the headers of an INVITE.

use crate::telephony::calling_party::{CallingParty, Country};
use crate::telephony::config::NumberFrom;

const ASSERTED: &str = "P-Asserted-Identity";
const REMOTE_PARTY: &str = "Remote-Party-ID";
const FROM: &str = "From";

/// The caller by the header this gateway writes it in. `headers` are names and values.
///
/// Only gateways get this far, so what they assert is trusted (RFC 3325, 3); who asks not to be
/// named (RFC 3323) is not.
pub(super) fn caller(
    headers: &[(&str, &str)],
    number_from: NumberFrom,
    country: &Country,
) -> CallingParty {
    let values = |name: &'static str| {
        headers
            .iter()
            .filter(move |(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| *value)
    };
    let withheld = values("Privacy").any(|value| {
        value
            .split([';', ','])
            .any(|word| matches!(word.trim(), "id" | "user" | "full"))
    });
    if withheld {
        return CallingParty::Anonymous;
    }
    let sources: &[&'static str] = match number_from {
        NumberFrom::Any => &[ASSERTED, REMOTE_PARTY, FROM],
        NumberFrom::PAssertedIdentity => &[ASSERTED],
        NumberFrom::RemotePartyId => &[REMOTE_PARTY],
        NumberFrom::From => &[FROM],
    };
    sources
        .iter()
        .flat_map(|name| values(name))
        .flat_map(|value| value.split(','))
        .filter_map(number)
        .map(|number| CallingParty::parse(&number, country))
        .find(|caller| *caller != CallingParty::Anonymous)
        .unwrap_or(CallingParty::Anonymous)
}

/// The user of the URI in an address, as in `"A" <sip:+250788123456@10.0.0.1>;tag=1`.
fn number(address: &str) -> Option<String> {
    let uri = match address.split_once('<') {
        Some((_name, rest)) => rest.split('>').next()?,
        None => address,
    };
    let uri = uri.trim();
    let scheme_end = uri.find(':')?;
    let (scheme, rest) = (&uri[..scheme_end], &uri[scheme_end + 1..]);
    let user = match scheme.to_ascii_lowercase().as_str() {
        "sip" | "sips" => rest.split_once('@')?.0,
        "tel" => rest,
        _ => return None,
    };
    let user = user.split([';', ':']).next()?;
    Some(user.replace("%2B", "+").replace("%2b", "+"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAI: (&str, &str) = ("P-Asserted-Identity", "\"A\" <sip:0788000001@10.0.0.1>");
    const RPID: (&str, &str) = (
        "remote-party-id",
        "<sip:+250788000002@10.0.0.1;user=phone>;party=calling",
    );
    const FROM: (&str, &str) = ("From", "<sip:%2B250788000003@10.0.0.1>;tag=x");

    #[track_caller]
    fn check(headers: &[(&str, &str)], number_from: NumberFrom, expected: Option<&str>) {
        let found = match caller(headers, number_from, &Country::default()) {
            CallingParty::Number(number) => Some(number.e164()),
            CallingParty::Anonymous => None,
        };
        assert_eq!(found.as_deref(), expected, "{headers:?}");
    }

    #[test]
    fn each_gateway_names_the_caller_where_it_is_set_to() {
        let all = [FROM, RPID, PAI];
        check(&all, NumberFrom::Any, Some("+250788000001"));
        check(&all, NumberFrom::PAssertedIdentity, Some("+250788000001"));
        check(&all, NumberFrom::RemotePartyId, Some("+250788000002"));
        check(&all, NumberFrom::From, Some("+250788000003"));
    }

    #[test]
    fn without_the_wanted_header_nobody_is_named() {
        check(&[FROM], NumberFrom::PAssertedIdentity, None);
        check(&[], NumberFrom::Any, None);
    }

    #[test]
    fn the_next_header_is_asked_when_one_holds_no_number() {
        let unknown = ("P-Asserted-Identity", "<sip:unknown@10.0.0.1>");
        check(&[unknown, FROM], NumberFrom::Any, Some("+250788000003"));
    }

    #[test]
    fn a_tel_uri_beside_a_sip_uri_is_read() {
        let both = (
            "P-Asserted-Identity",
            "<sip:gw@10.0.0.1>, <tel:+250788000004;ext=1>",
        );
        check(&[both], NumberFrom::Any, Some("+250788000004"));
    }

    #[test]
    fn who_withholds_the_number_is_anonymous() {
        check(&[PAI, ("Privacy", "id")], NumberFrom::Any, None);
        check(
            &[PAI, ("Privacy", "none")],
            NumberFrom::Any,
            Some("+250788000001"),
        );
        let anonymous = (
            "From",
            "\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1",
        );
        check(&[anonymous], NumberFrom::Any, None);
    }

    #[test]
    fn broken_addresses_name_nobody() {
        for value in [
            "",
            "<",
            "<>",
            "sip",
            ":",
            "<sip:@>",
            "<mailto:a@b>",
            "a<b<c>d",
        ] {
            check(&[("From", value)], NumberFrom::From, None);
        }
    }
}
