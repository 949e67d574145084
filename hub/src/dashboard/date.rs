//! Local days as people write them.

use curriculum::Timestamp;
use curriculum::time::{LocalDay, UtcOffset};

const DAYS_OF_ERA: i64 = 146_097;

/// `2026-11-20`. The civil calendar from a count of days, as Howard Hinnant gives it
/// (<https://howardhinnant.github.io/date_algorithms.html>).
pub(super) fn written(LocalDay(day): LocalDay) -> String {
    let shifted = i64::from(day) + 719_468;
    let era = shifted.div_euclid(DAYS_OF_ERA);
    let of_era = shifted.rem_euclid(DAYS_OF_ERA);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The day of a date; `None` if there is none like it.
pub(super) fn read(text: &str) -> Option<LocalDay> {
    let mut numbers = text.splitn(3, '-').map(str::parse::<i64>);
    let (Some(Ok(year)), Some(Ok(month)), Some(Ok(day))) =
        (numbers.next(), numbers.next(), numbers.next())
    else {
        return None;
    };
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let of_era = shifted.rem_euclid(400);
    let from_march = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * from_march + 2) / 5 + day - 1;
    let days = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    let found = LocalDay(i32::try_from(era * DAYS_OF_ERA + days - 719_468).ok()?);
    // The 31st of a month of 30 days is no date.
    (written(found) == text).then_some(found)
}

/// `2026-11-20 14:05`, local.
pub(super) fn with_time(at_ms: i64, offset: UtcOffset) -> String {
    let at = Timestamp(at_ms);
    let minute = at.local_minute(offset);
    let day = written(at.local_day(offset));
    format!("{day} {:02}:{:02}", minute / 60, minute % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counted by `date -u -d DATE +%s` divided by 86,400.
    #[test]
    fn dates_are_those_of_the_calendar() {
        let check = |text: &str, day: i32| {
            assert_eq!(written(LocalDay(day)), text);
            assert_eq!(read(text), Some(LocalDay(day)), "{text}");
        };
        check("1970-01-01", 0);
        check("2000-02-29", 11_016);
        check("2024-12-31", 20_088);
        check("2026-11-20", 20_777);
        for text in [
            "2026-02-29",
            "2026-13-01",
            "2026-1-1",
            "x",
            "2026-11-31",
            "2026-11",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn every_day_of_four_centuries_comes_back() {
        for day in 0..DAYS_OF_ERA as i32 {
            assert_eq!(read(&written(LocalDay(day))), Some(LocalDay(day)));
        }
    }
}
