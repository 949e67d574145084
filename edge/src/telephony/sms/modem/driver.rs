//! The driver: one command at a time, whatever the modem says in between.
//!
//! A machine without a clock: octets go in, octets to write and news come out.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::line::{Following, Line, Lines};

/// How long commands may take; sending waits for the network (3GPP TS 27.005).
const COMMAND_MAX: Duration = Duration::from_secs(10);
const SEND_MAX: Duration = Duration::from_secs(60);
/// How often the modem is asked how it is, and looked through for messages it did not announce.
const ASK: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_secs(300);
/// Commands that may wait.
const QUEUE_MAX: usize = 256;
/// Commands in a row without an answer: then the port is opened anew.
const MUTE_MAX: u8 = 3;
/// Leaves a prompt that is stuck.
const ESCAPE: &[u8] = b"\x1b";

/// What a modem is told before anything else.
const BEGIN: [&str; 7] = [
    "AT",
    "ATE0",
    "AT+CMEE=1",
    "AT+CPIN?",
    "AT+CMGF=0",
    // Messages are stored and announced, so that one is deleted only once it is durable; reports
    // come at once.
    "AT+CNMI=2,1,0,1,0",
    "AT+COPS?",
];

/// What the driver tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// A PDU in hexadecimal; with its place where it is to be deleted later.
    Message(Option<u32>, String),
    /// The network took a message, under this reference.
    Sent(u64, u8),
    /// It did not; the modem's words.
    Refused(u64, String),
    /// The modem did not say: it may have gone.
    Unknown(u64),
    /// How the modem is has changed.
    Health(Health),
    /// Nothing comes any more: open the port anew.
    Mute,
}

/// How a modem is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Health {
    /// Answers, and its SIM is ready.
    pub(super) sim_ready: bool,
    /// In its home network or another's.
    pub(super) registered: bool,
    /// 0 to 31; `None` if unknown.
    pub(super) signal: Option<u8>,
    /// As the network is called.
    pub(super) operator: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Command {
    /// Its answer matters only by what it says.
    Ask(String),
    /// Reads what is stored there.
    Read(u32),
    List,
    Send {
        number: u64,
        length: usize,
        pdu: String,
    },
}

#[derive(Debug)]
struct Running {
    command: Command,
    lines: Vec<String>,
    prompted: bool,
    late_at: Instant,
}

#[derive(Debug)]
pub(super) struct Driver {
    lines: Lines,
    follows: Option<Following>,
    queue: VecDeque<Command>,
    running: Option<Running>,
    health: Health,
    mute: u8,
    ask_at: Instant,
    look_at: Instant,
    out: VecDeque<Vec<u8>>,
    news: VecDeque<News>,
}

impl Driver {
    /// For a port just opened: a prompt that somebody left is closed, then the modem is set up.
    pub(super) fn new(now: Instant) -> Self {
        let asks = BEGIN.map(|text| Command::Ask(text.to_owned()));
        let mut driver = Self {
            lines: Lines::default(),
            follows: None,
            queue: asks.into_iter().collect(),
            running: None,
            health: Health::default(),
            mute: 0,
            ask_at: now,
            look_at: now,
            out: VecDeque::from([ESCAPE.to_vec()]),
            news: VecDeque::new(),
        };
        driver.handle_timeout(now);
        driver
    }

    /// Octets came.
    pub(super) fn handle_read(&mut self, octets: &[u8], now: Instant) {
        for line in self.lines.handle_read(octets) {
            self.handle_line(line, now);
        }
        self.start(now);
    }

    /// A PDU to send; false if too many wait.
    pub(super) fn handle_send(
        &mut self,
        number: u64,
        (pdu, length): (String, usize),
        now: Instant,
    ) -> bool {
        if self.queue.len() >= QUEUE_MAX {
            return false;
        }
        self.queue.push_back(Command::Send {
            number,
            length,
            pdu,
        });
        self.start(now);
        true
    }

    /// A message is durable: its place is free.
    pub(super) fn handle_kept(&mut self, place: u32, now: Instant) {
        let delete = Command::Ask(format!("AT+CMGD={place}"));
        self.queue.push_front(delete);
        self.start(now);
    }

    /// Something may be due.
    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if let Some(running) = self.running.take_if(|running| now >= running.late_at) {
            // A prompt that waits for a PDU would take the next command for one.
            self.out.push_back(ESCAPE.to_vec());
            self.fail(running, "no answer");
            self.mute += 1;
            if self.mute >= MUTE_MAX {
                self.news.push_back(News::Mute);
            }
        }
        if now >= self.ask_at {
            self.ask_at = now + ASK;
            for text in ["AT+CPIN?", "AT+CREG?", "AT+CSQ"] {
                self.queue.push_back(Command::Ask(text.to_owned()));
            }
        }
        if now >= self.look_at {
            self.look_at = now + LOOK;
            self.queue.push_back(Command::List);
        }
        self.start(now);
    }

    /// The port is gone: what waits is told.
    pub(super) fn handle_closed(&mut self) {
        if let Some(running) = self.running.take()
            && let Command::Send { number, .. } = running.command
        {
            self.news.push_back(News::Unknown(number));
        }
        for command in std::mem::take(&mut self.queue) {
            if let Command::Send { number, .. } = command {
                let reason = "the port is gone".to_owned();
                self.news.push_back(News::Refused(number, reason));
            }
        }
    }

    /// When [`Driver::handle_timeout`] is due next.
    pub(super) fn due(&self) -> Instant {
        let late = self.running.as_ref().map(|running| running.late_at);
        let next = self.ask_at.min(self.look_at);
        late.map_or(next, |late| late.min(next))
    }

    /// Octets to write.
    pub(super) fn poll_out(&mut self) -> Option<Vec<u8>> {
        self.out.pop_front()
    }

    /// What happened.
    pub(super) fn poll_news(&mut self) -> Option<News> {
        self.news.pop_front()
    }

    fn start(&mut self, now: Instant) {
        if self.running.is_some() {
            return;
        }
        let Some(command) = self.queue.pop_front() else {
            return;
        };
        let (text, most) = match &command {
            Command::Ask(text) => (text.clone(), COMMAND_MAX),
            Command::Read(place) => (format!("AT+CMGR={place}"), COMMAND_MAX),
            Command::List => ("AT+CMGL=4".to_owned(), COMMAND_MAX),
            Command::Send { length, .. } => (format!("AT+CMGS={length}"), SEND_MAX),
        };
        self.out.push_back(format!("{text}\r").into_bytes());
        self.running = Some(Running {
            command,
            lines: Vec::new(),
            prompted: false,
            late_at: now + most,
        });
    }

    fn handle_line(&mut self, line: Line, now: Instant) {
        if let Some(_following) = self.follows.take()
            && let Line::Text(pdu) = &line
        {
            return self.news.push_back(News::Message(None, pdu.clone()));
        }
        match line {
            Line::Follows(following) => self.follows = Some(following),
            Line::Stored(place) => self.queue.push_front(Command::Read(place)),
            Line::Registration(state) => {
                self.note(|health| health.registered = is_registered(state));
            }
            Line::Prompt => self.give_pdu(),
            Line::Text(text) => {
                if let Some(running) = &mut self.running
                    && running.lines.len() < 512
                {
                    running.lines.push(text);
                }
            }
            Line::Ok => {
                self.mute = 0;
                if let Some(running) = self.running.take() {
                    self.done(running);
                }
            }
            Line::Failed(reason) => {
                self.mute = 0;
                if let Some(running) = self.running.take() {
                    self.fail(running, &reason);
                }
            }
        }
        self.start(now);
    }

    fn give_pdu(&mut self) {
        match &mut self.running {
            Some(Running {
                command: Command::Send { pdu, .. },
                prompted,
                ..
            }) if !*prompted => {
                *prompted = true;
                self.out.push_back(format!("{pdu}\x1a").into_bytes());
            }
            // A prompt that nobody waits for.
            _ => self.out.push_back(ESCAPE.to_vec()),
        }
    }

    fn done(&mut self, running: Running) {
        match running.command {
            Command::Send { number, .. } => {
                let reference = running.lines.iter().find_map(|line| {
                    let value = line.strip_prefix("+CMGS:")?;
                    value.split(',').next()?.trim().parse().ok()
                });
                self.news.push_back(match reference {
                    Some(reference) => News::Sent(number, reference),
                    None => News::Unknown(number),
                });
            }
            Command::Read(place) => {
                if let Some(pdu) = running.lines.iter().find(|line| is_hex(line)) {
                    self.news.push_back(News::Message(Some(place), pdu.clone()));
                }
            }
            Command::List => self.listed(&running.lines),
            Command::Ask(text) => self.learnt(&text, &running.lines),
        }
    }

    fn fail(&mut self, running: Running, reason: &str) {
        match running.command {
            Command::Send { number, .. } => {
                self.news
                    .push_back(if running.prompted && reason == "no answer" {
                        News::Unknown(number)
                    } else {
                        News::Refused(number, reason.to_owned())
                    });
            }
            Command::Ask(text) if text == "AT+CPIN?" => {
                self.note(|health| health.sim_ready = false);
            }
            _ => {}
        }
    }

    /// `+CMGL: place,state,,length`, and the PDU in the line after it.
    fn listed(&mut self, lines: &[String]) {
        let mut place = None;
        for line in lines {
            if let Some(value) = line.strip_prefix("+CMGL:") {
                place = value
                    .split(',')
                    .next()
                    .and_then(|at| at.trim().parse().ok());
            } else if is_hex(line)
                && let Some(place) = place.take()
            {
                self.news
                    .push_back(News::Message(Some(place), line.clone()));
            }
        }
    }

    fn learnt(&mut self, asked: &str, lines: &[String]) {
        for line in lines {
            let Some((name, value)) = line.split_once(':') else {
                continue;
            };
            let fields: Vec<&str> = value.split(',').map(str::trim).collect();
            match (asked, name, fields.as_slice()) {
                ("AT+CPIN?", "+CPIN", [state]) => {
                    let ready = *state == "READY";
                    self.note(|health| health.sim_ready = ready);
                }
                ("AT+CREG?", "+CREG", [_, state, ..]) => {
                    let registered = state.parse().is_ok_and(is_registered);
                    self.note(|health| health.registered = registered);
                }
                ("AT+CSQ", "+CSQ", [signal, ..]) => {
                    let signal = signal.parse().ok().filter(|signal| *signal <= 31);
                    self.note(|health| health.signal = signal);
                }
                ("AT+COPS?", "+COPS", [_, _, operator, ..]) => {
                    let operator = operator.trim_matches('"').to_owned();
                    self.note(|health| health.operator = Some(operator));
                }
                _ => {}
            }
        }
    }

    fn note(&mut self, change: impl FnOnce(&mut Health)) {
        let before = self.health.clone();
        change(&mut self.health);
        if self.health != before {
            self.news.push_back(News::Health(self.health.clone()));
        }
    }
}

/// At home, or roaming.
fn is_registered(state: u8) -> bool {
    matches!(state, 1 | 5)
}

fn is_hex(line: &str) -> bool {
    line.len() >= 16 && line.bytes().all(|octet| octet.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PDU: &str = "00040C9152708800001000006211020103008006CDBA3C8C7E03";

    /// Writes out what the driver wants written, answering each command from the table.
    fn settle(driver: &mut Driver, now: Instant) -> Vec<String> {
        let mut written = Vec::new();
        while let Some(octets) = driver.poll_out() {
            let text = String::from_utf8(octets).unwrap().trim().to_owned();
            let answer = match text.as_str() {
                "\u{1b}" => continue,
                "AT+CPIN?" => "\r\n+CPIN: READY\r\n\r\nOK\r\n".to_owned(),
                "AT+CREG?" => "\r\n+CREG: 0,1\r\n\r\nOK\r\n".to_owned(),
                "AT+CSQ" => "\r\n+CSQ: 18,0\r\n\r\nOK\r\n".to_owned(),
                "AT+COPS?" => "\r\n+COPS: 0,0,\"MTN Rwanda\"\r\n\r\nOK\r\n".to_owned(),
                _ if text.starts_with("AT+CMGS=") => "\r\n> ".to_owned(),
                _ if text.ends_with('\u{1a}') => "\r\n+CMGS: 7\r\n\r\nOK\r\n".to_owned(),
                _ if text.starts_with("AT+CMGR=") => {
                    format!("\r\n+CMGR: 0,,25\r\n{PDU}\r\n\r\nOK\r\n")
                }
                _ => "\r\nOK\r\n".to_owned(),
            };
            written.push(text);
            driver.handle_read(answer.as_bytes(), now);
        }
        written
    }

    fn news(driver: &mut Driver) -> Vec<News> {
        std::iter::from_fn(|| driver.poll_news()).collect()
    }

    fn ready(now: Instant) -> Driver {
        let mut driver = Driver::new(now);
        settle(&mut driver, now);
        let health = news(&mut driver).pop();
        let expected = Health {
            sim_ready: true,
            registered: true,
            signal: Some(18),
            operator: Some("MTN Rwanda".to_owned()),
        };
        assert_eq!(health, Some(News::Health(expected)));
        driver
    }

    #[test]
    fn a_stored_message_is_read_and_deleted_once_it_is_kept() {
        let now = Instant::now();
        let mut driver = ready(now);
        driver.handle_read(b"\r\n+CMTI: \"SM\",3\r\n", now);
        assert_eq!(settle(&mut driver, now), ["AT+CMGR=3"]);
        assert_eq!(news(&mut driver), [News::Message(Some(3), PDU.to_owned())]);
        driver.handle_kept(3, now);
        assert_eq!(settle(&mut driver, now), ["AT+CMGD=3"]);
    }

    #[test]
    fn news_between_a_command_and_its_answer_are_not_its_answer() {
        let now = Instant::now();
        let mut driver = ready(now);
        driver.handle_send(1, ("00AA".to_owned(), 1), now);
        assert_eq!(driver.poll_out(), Some(b"AT+CMGS=1\r".to_vec()));
        let between = format!("\r\n+CMT: ,25\r\n{PDU}\r\n\r\n+CREG: 2\r\nRING\r\n\r\n> ");
        driver.handle_read(between.as_bytes(), now);
        assert_eq!(driver.poll_out(), Some(b"00AA\x1a".to_vec()));
        driver.handle_read(b"\r\n+CMGS: 9\r\n\r\nOK\r\n", now);
        let told = news(&mut driver);
        assert_eq!(told[0], News::Message(None, PDU.to_owned()));
        assert!(matches!(&told[1], News::Health(health) if !health.registered));
        assert_eq!(told[2], News::Sent(1, 9));
    }

    #[test]
    fn a_refused_message_is_told_and_the_next_goes_on() {
        let now = Instant::now();
        let mut driver = ready(now);
        driver.handle_send(1, ("00AA".to_owned(), 1), now);
        driver.handle_send(2, ("00BB".to_owned(), 1), now);
        driver.poll_out();
        driver.handle_read(b"\r\n> ", now);
        driver.handle_read(b"\r\n+CMS ERROR: 38\r\n", now);
        let refused = News::Refused(1, "+CMS ERROR: 38".to_owned());
        assert_eq!(news(&mut driver), [refused]);
        settle(&mut driver, now);
        assert_eq!(news(&mut driver), [News::Sent(2, 7)]);
    }

    #[test]
    fn a_prompt_that_is_stuck_is_left_and_silence_opens_the_port_anew() {
        let mut now = Instant::now();
        let mut driver = ready(now);
        driver.handle_send(1, ("00AA".to_owned(), 1), now);
        driver.poll_out();
        driver.handle_read(b"\r\n> ", now);
        driver.poll_out();
        now += SEND_MAX;
        driver.handle_timeout(now);
        assert_eq!(driver.poll_out(), Some(ESCAPE.to_vec()));
        assert_eq!(news(&mut driver), [News::Unknown(1)]);
        for _ in 0..2 {
            now += SEND_MAX;
            driver.handle_timeout(now);
        }
        assert!(news(&mut driver).contains(&News::Mute));
    }

    #[test]
    fn a_port_that_is_gone_tells_what_waited() {
        let now = Instant::now();
        let mut driver = ready(now);
        for number in 1..=2 {
            driver.handle_send(number, ("00AA".to_owned(), 1), now);
        }
        driver.handle_closed();
        let told = news(&mut driver);
        assert_eq!(told[0], News::Unknown(1));
        assert!(matches!(told[1], News::Refused(2, _)));
    }
}
