//! The tables of number words. Kinyarwanda and Swahili are drafts for a native reviewer.

use super::lexicon::Sense::{self, *};
use crate::Language;

const THOUSAND: i64 = 1_000;
const LAKH: i64 = 100_000;
const MILLION: i64 = 1_000_000;
const BILLION: i64 = 1_000_000_000;

/// English, with the spellings of learners and the sounds of East Africa as recognisers write them.
pub(super) fn english(word: &str) -> Option<Sense> {
    Some(match word {
        "zero" | "nought" | "naught" | "nil" | "nothing" | "none" | "ziro" => Unit(0),
        "oh" => Oh,
        "o" => Oh,
        "one" | "wan" | "wun" => Unit(1),
        "two" => Unit(2),
        "three" | "tree" | "thre" | "thri" => Unit(3),
        "four" | "foh" => Unit(4),
        "five" | "fife" | "faiv" | "faif" => Unit(5),
        "six" | "siks" | "sikis" => Unit(6),
        "seven" | "sevent" | "sevn" | "seben" => Unit(7),
        "eight" | "eigth" | "eit" => Unit(8),
        "nine" | "nain" | "nayn" => Unit(9),
        "to" | "too" => Alone(2),
        "for" => Alone(4),
        "ate" => Alone(8),
        "won" => Alone(1),
        "ten" => Teen(10),
        "eleven" => Teen(11),
        "twelve" | "twelf" | "tweve" => Teen(12),
        "thirteen" | "tirteen" => Teen(13),
        "fourteen" | "forteen" => Teen(14),
        "fifteen" | "fiveteen" => Teen(15),
        "sixteen" => Teen(16),
        "seventeen" => Teen(17),
        "eighteen" | "eigteen" => Teen(18),
        "nineteen" | "ninteen" => Teen(19),
        "twenty" | "twenti" | "tweny" => Tens(20),
        "thirty" | "tirty" | "turty" | "thirti" => Tens(30),
        "forty" | "fourty" | "foty" => Tens(40),
        "fifty" | "fifti" | "fity" => Tens(50),
        "sixty" | "sixti" => Tens(60),
        "seventy" | "seventi" => Tens(70),
        "eighty" | "eigthy" => Tens(80),
        "ninety" | "ninty" | "nineti" => Tens(90),
        "hundred" | "hundreds" => Hundred,
        "thousand" | "thousands" => Scale(THOUSAND),
        "million" | "millions" => Scale(MILLION),
        "billion" => Scale(BILLION),
        "a" | "an" => Article,
        "and" | "n" => And,
        _ => return english_joint(word),
    })
}

/// English words that join numbers or stand around them.
fn english_joint(word: &str) -> Option<Sense> {
    Some(match word {
        "point" | "decimal" => Point,
        "half" | "halves" | "halfs" => Part(2),
        "thirds" => Part(3),
        "quarter" | "quarters" | "fourths" => Part(4),
        "fifths" => Part(5),
        "sixths" => Part(6),
        "sevenths" => Part(7),
        "eighths" => Part(8),
        "ninths" => Part(9),
        "tenths" => Part(10),
        "twelfths" => Part(12),
        "hundredths" | "hundredth" => Part(100),
        "over" | "upon" | "out" => Over,
        "of" => Of,
        "first" => Ordinal(1),
        "second" => Ordinal(2),
        "third" => Ordinal(3),
        "fourth" | "forth" => Ordinal(4),
        "fifth" => Ordinal(5),
        "sixth" => Ordinal(6),
        "seventh" => Ordinal(7),
        "eighth" => Ordinal(8),
        "ninth" => Ordinal(9),
        "tenth" => Ordinal(10),
        "eleventh" => Ordinal(11),
        "twelfth" => Ordinal(12),
        "twentieth" => Ordinal(20),
        "-th" => OrdinalMark,
        "minus" | "negative" => Minus,
        "double" => Times(2),
        "triple" | "treble" => Times(3),
        "dozen" | "dozens" => Group(12),
        "couple" | "pair" => Group(2),
        "no" | "sorry" | "wait" | "actually" | "rather" | "mean" | "oops" => Takes,
        "not" | "isn" => Not,
        "or" => Or,
        "is" | "equals" | "equal" | "makes" | "so" | "gives" | "therefore" | "answer" => Equals,
        "because" | "cause" | "coz" | "remainder" => Because,
        "plus" | "times" | "divided" => Operator,
        "percent" | "cent" => Percent,
        _ => return None,
    })
}

/// Kinyarwanda, after `r` and `l` have become one letter.
pub(super) fn kinyarwanda(word: &str) -> Option<Sense> {
    if let Some(unit) = kinyarwanda_unit(word) {
        return Some(Unit(unit));
    }
    Some(match word {
        "icumi" | "cumi" => TensAnd(10),
        "makumyabiri" => TensAnd(20),
        "mirongo" => TensOf,
        "ijana" => HundredOne,
        "magana" => HundredsOf(false),
        "igihumbi" => ScaleOne(THOUSAND),
        "ibihumbi" => ScaleOf(THOUSAND, false),
        "miriyoni" => ScaleOf(MILLION, true),
        "miriyari" => ScaleOf(BILLION, true),
        "na" | "n" => And,
        "akitso" | "virigure" | "koma" | "akadomo" | "ibice" => Point,
        "igice" => Part(2),
        "cya" | "bya" | "cy" | "by" => Of,
        "kuri" => Over,
        "mbere" => Ordinal(1),
        "negatifu" => Minus,
        "oya" | "mbabarira" | "ahubwo" => Takes,
        "si" | "ntabwo" | "siyo" | "ntago" => Not,
        "cyangwa" => Or,
        "ni" | "ari" | "bingana" | "igisubizo" | "bihwanye" => Equals,
        "kubera" | "kuko" => Because,
        "guteranya" | "gukuba" => Operator,
        _ => return None,
    })
}

/// One to nine agree with what is counted: a class prefix and a root.
fn kinyarwanda_unit(word: &str) -> Option<u8> {
    Some(match word {
        "zeru" | "zero" | "zeero" | "ubusa" => 0,
        "rimwe" | "umwe" | "imwe" | "kimwe" | "rumwe" | "bumwe" | "kamwe" => 1,
        "kabiri" | "babiri" | "ibiri" | "abiri" | "bibiri" | "ebyiri" | "tubiri" => 2,
        "gatatu" | "batatu" | "itatu" | "atatu" | "bitatu" | "eshatu" | "dutatu" => 3,
        "kane" | "bane" | "ine" | "ane" | "bine" | "enye" | "tune" => 4,
        "gatanu" | "batanu" | "itanu" | "atanu" | "bitanu" | "eshanu" | "dutanu" | "tanu" => 5,
        "gatandatu" | "batandatu" | "itandatu" | "atandatu" | "bitandatu" | "esheshatu"
        | "dutandatu" => 6,
        "karindwi" | "barindwi" | "irindwi" | "arindwi" | "birindwi" | "zirindwi" | "turindwi"
        | "ndwi" => 7,
        "umunani" | "munani" | "inani" | "umuanani" => 8,
        "icyenda" | "cyenda" | "icenda" => 9,
        _ => return None,
    })
}

/// Swahili: counting forms, class agreement, and the spellings of coast and highland.
pub(super) fn swahili(word: &str) -> Option<Sense> {
    Some(match word {
        "sifuri" | "hakuna" | "ziro" => Unit(0),
        "moja" | "mmoja" | "kimoja" | "limoja" => Unit(1),
        "mbili" | "mbiri" | "wawili" | "viwili" | "mawili" | "miwili" => Unit(2),
        "tatu" | "watatu" | "vitatu" | "matatu" | "mitatu" => Unit(3),
        "nne" | "wanne" | "vinne" | "manne" | "minne" => Unit(4),
        "tano" | "watano" | "vitano" | "matano" | "mitano" => Unit(5),
        "sita" => Unit(6),
        "saba" => Unit(7),
        "nane" | "wanane" | "vinane" | "manane" | "minane" => Unit(8),
        "tisa" | "kenda" => Unit(9),
        "kumi" => TensAnd(10),
        "ishirini" | "ishrini" | "ishilini" => TensAnd(20),
        "thelathini" | "telathini" | "thelasini" | "selasini" => TensAnd(30),
        "arobaini" | "arubaini" | "arobaine" => TensAnd(40),
        "hamsini" | "amsini" | "hamusini" => TensAnd(50),
        "sitini" => TensAnd(60),
        "sabini" => TensAnd(70),
        "themanini" | "thamanini" | "temanini" | "semanini" => TensAnd(80),
        "tisini" | "tisaini" => TensAnd(90),
        "mia" => HundredsOf(true),
        "elfu" | "alfu" | "erufu" => ScaleOf(THOUSAND, true),
        "laki" => ScaleOf(LAKH, true),
        "milioni" => ScaleOf(MILLION, true),
        "bilioni" => ScaleOf(BILLION, true),
        "na" => And,
        "nukta" | "pointi" => Point,
        "nusu" => Part(2),
        "theluthi" | "thuluthi" => Part(3),
        "robo" => Part(4),
        "humusi" => Part(5),
        "thumuni" => Part(8),
        "juu" | "kwa" => Over,
        "ya" | "za" | "wa" | "la" | "cha" => Of,
        "kwanza" => Ordinal(1),
        "pili" => Ordinal(2),
        "hasi" => Minus,
        "dazeni" => Group(12),
        "jozi" => Group(2),
        "hapana" | "samahani" | "pole" | "bali" => Takes,
        "si" | "sio" | "siyo" => Not,
        "au" | "ama" => Or,
        "ni" | "jibu" | "sawa" | "jumla" => Equals,
        "kwasababu" | "sababu" => Because,
        "kujumlisha" | "jumlisha" | "mara" => Operator,
        "asilimia" => Percent,
        _ => return None,
    })
}

/// Words within one slip of each language's longer number words.
pub(super) fn nearest(word: &str, language: Language) -> Option<Sense> {
    let (listed, shortest): (&[&str], usize) = match language {
        Language::KINYARWANDA => (&KINYARWANDA_LONG, 6),
        Language::SWAHILI => (&SWAHILI_LONG, 6),
        _ => (&ENGLISH_LONG, 5),
    };
    let length = word.chars().count();
    if length < shortest || length > 14 || ORDINARY.contains(&word) {
        return None;
    }
    let first = word.chars().next();
    let mut near = listed
        .iter()
        .filter(|candidate| candidate.chars().next() == first && is_one_slip(word, candidate))
        .filter_map(|candidate| match language {
            Language::KINYARWANDA => kinyarwanda(&candidate.replace('l', "r")),
            Language::SWAHILI => swahili(candidate),
            _ => english(candidate),
        });
    let sense = near.next()?;
    near.all(|other| other == sense).then_some(sense)
}

const ENGLISH_LONG: [&str; 25] = [
    "three",
    "seven",
    "eight",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
    "hundred",
    "thousand",
    "million",
    "quarter",
    "quarters",
];
const SWAHILI_LONG: [&str; 10] = [
    "sifuri",
    "ishirini",
    "thelathini",
    "arobaini",
    "hamsini",
    "sitini",
    "sabini",
    "themanini",
    "tisini",
    "milioni",
];
const KINYARWANDA_LONG: [&str; 12] = [
    "gatandatu",
    "karindwi",
    "umunani",
    "icyenda",
    "makumyabiri",
    "mirongo",
    "magana",
    "igihumbi",
    "ibihumbi",
    "miliyoni",
    "esheshatu",
    "zirindwi",
];

/// Everyday words one slip away from a number.
const ORDINARY: [&str; 12] = [
    "there", "these", "those", "forth", "thirsty", "eights", "sevens", "never", "mirror", "sabuni",
    "hamsa", "threw",
];

/// True if one letter was left out, added, changed, or two neighbours swapped.
fn is_one_slip(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let (short, long) = if a.len() <= b.len() {
        (&a, &b)
    } else {
        (&b, &a)
    };
    if long.len() - short.len() > 1 {
        return false;
    }
    let head = short
        .iter()
        .zip(long.iter())
        .take_while(|(x, y)| x == y)
        .count();
    if long.len() > short.len() {
        return short[head..] == long[head + 1..];
    }
    let rest = short.len() - head;
    rest == 0
        || short[head + 1..] == long[head + 1..]
        || (rest >= 2
            && short[head] == long[head + 1]
            && short[head + 1] == long[head]
            && short[head + 2..] == long[head + 2..])
}
