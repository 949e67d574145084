//! One session with a service centre, from bind to end.
//!
//! The machine decides and reads no clock: octets and submissions go in, octets to write and news
//! come out.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use super::pace::Pace;
use super::pdu::{self, Deliver, Pdu, PduError};

/// Submissions that wait in a session, beyond those under way.
pub(super) const WAITING_MAX: usize = 512;
/// A throttled message is tried so often before its sender is told.
const THROTTLED_MAX: u8 = 5;
/// `enquire_link` unanswered so often ends the session.
const ENQUIRIES_MAX: u8 = 2;

/// How a session goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rules {
    pub(super) system_id: String,
    pub(super) password: String,
    pub(super) system_type: String,
    /// Messages under way at once.
    pub(super) window: usize,
    /// Messages a second.
    pub(super) per_second: u16,
    /// Silence after which the link is tried.
    pub(super) enquire: Duration,
    /// How long an answer may take.
    pub(super) answer_max: Duration,
}

/// What a session tells.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum News {
    /// The bind was taken: messages may go out.
    Bound,
    /// What became of the submission with this number of ours.
    Submitted(u64, Outcome),
    /// A message or a receipt, to be acknowledged by [`Session::acknowledge`].
    Delivered(Delivery),
    /// A message that cannot be read; it is acknowledged already.
    Poison(&'static str, Vec<u8>),
    /// The session is over.
    Ended(Ending),
}

/// What is to be acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Delivery {
    pub(super) command: u32,
    pub(super) sequence: u32,
    pub(super) deliver: Deliver,
}

/// What became of a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Taken, under this identifier.
    Taken(String),
    /// Answered with this status.
    Status(u32),
    /// Not answered in time, or the session ended before: it may have been taken.
    Unknown,
    /// Never sent.
    NotSent,
}

/// Why a session ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Ending {
    #[error("the service centre refused the bind with status {0:#x}")]
    Refused(u32),
    #[error("the service centre did not answer")]
    Mute,
    #[error("the service centre unbound")]
    Unbound,
    #[error(transparent)]
    Garbled(#[from] PduError),
}

struct UnderWay {
    number: u64,
    body: Vec<u8>,
    throttled: u8,
    late_at: Instant,
}

struct Waiting {
    number: u64,
    body: Vec<u8>,
    throttled: u8,
}

pub(super) struct Session {
    rules: Rules,
    pace: Pace,
    sequence: u32,
    read: Vec<u8>,
    bound: bool,
    bind_late_at: Instant,
    heard_at: Instant,
    enquiries: u8,
    enquired_at: Option<Instant>,
    under_way: HashMap<u32, UnderWay>,
    waiting: VecDeque<Waiting>,
    out: VecDeque<Vec<u8>>,
    news: VecDeque<News>,
    over: bool,
}

impl Session {
    /// A session on a connection just made: the bind is the first thing to write.
    pub(super) fn new(rules: Rules, now: Instant) -> Self {
        let mut session = Self {
            pace: Pace::new(rules.per_second),
            sequence: 0,
            read: Vec::new(),
            bound: false,
            bind_late_at: now + rules.answer_max,
            heard_at: now,
            enquiries: 0,
            enquired_at: None,
            under_way: HashMap::new(),
            waiting: VecDeque::new(),
            out: VecDeque::new(),
            news: VecDeque::new(),
            over: false,
            rules,
        };
        let rules = &session.rules;
        let body = pdu::bind(&rules.system_id, &rules.password, &rules.system_type);
        session.request(pdu::BIND_TRANSCEIVER, body);
        session
    }

    /// Octets came.
    pub(super) fn handle_read(&mut self, octets: &[u8], now: Instant) {
        self.read.extend_from_slice(octets);
        self.heard_at = now;
        self.enquiries = 0;
        self.enquired_at = None;
        while !self.over {
            match pdu::cut(&mut self.read) {
                Ok(Some(pdu)) => self.handle_pdu(&pdu, now),
                Ok(None) => break,
                Err(error) => {
                    self.answer(pdu::GENERIC_NACK, 0, pdu::BAD_LENGTH);
                    self.end(Ending::Garbled(error));
                }
            }
        }
        self.fill_window(now);
    }

    /// A message to submit, its body encoded; `number` comes back with its outcome. False if too
    /// many wait.
    pub(super) fn handle_submit(&mut self, number: u64, body: Vec<u8>, now: Instant) -> bool {
        if self.waiting.len() >= WAITING_MAX || self.over {
            return false;
        }
        self.waiting.push_back(Waiting {
            number,
            body,
            throttled: 0,
        });
        self.fill_window(now);
        true
    }

    /// Tells the centre what became of what it delivered.
    pub(super) fn acknowledge(&mut self, command: u32, sequence: u32, status: u32) {
        self.answer(command, sequence, status);
    }

    /// Something may be due.
    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if self.over {
            return;
        }
        if !self.bound && now >= self.bind_late_at {
            return self.end(Ending::Mute);
        }
        let late: Vec<u32> = self
            .under_way
            .iter()
            .filter(|(_, sent)| now >= sent.late_at)
            .map(|(sequence, _)| *sequence)
            .collect();
        for sequence in late {
            if let Some(sent) = self.under_way.remove(&sequence) {
                self.tell(News::Submitted(sent.number, Outcome::Unknown));
            }
        }
        if self.bound && now >= self.enquiry_due() {
            if self.enquiries >= ENQUIRIES_MAX {
                return self.end(Ending::Mute);
            }
            self.enquiries += 1;
            self.enquired_at = Some(now);
            self.request(pdu::ENQUIRE_LINK, Vec::new());
        }
        self.fill_window(now);
    }

    /// The connection is gone, or the box closes: everything under way is told.
    pub(super) fn handle_closed(&mut self) {
        self.over = true;
        let under_way = std::mem::take(&mut self.under_way);
        for sent in under_way.into_values() {
            self.tell(News::Submitted(sent.number, Outcome::Unknown));
        }
        for waiting in std::mem::take(&mut self.waiting) {
            self.tell(News::Submitted(waiting.number, Outcome::NotSent));
        }
    }

    /// Says goodbye to the centre.
    pub(super) fn unbind(&mut self) {
        self.request(pdu::UNBIND, Vec::new());
    }

    /// When [`Session::handle_timeout`] is due next.
    pub(super) fn due(&self, now: Instant) -> Instant {
        let late = self.under_way.values().map(|sent| sent.late_at).min();
        let link = if self.bound {
            self.enquiry_due()
        } else {
            self.bind_late_at
        };
        let room = self.bound && self.under_way.len() < self.rules.window;
        let next = (room && !self.waiting.is_empty()).then(|| self.pace.due(now));
        [late, next].into_iter().flatten().fold(link, Instant::min)
    }

    /// Octets to write.
    pub(super) fn poll_out(&mut self) -> Option<Vec<u8>> {
        self.out.pop_front()
    }

    /// What happened.
    pub(super) fn poll_news(&mut self) -> Option<News> {
        self.news.pop_front()
    }

    fn enquiry_due(&self) -> Instant {
        match self.enquired_at {
            Some(at) => at + self.rules.answer_max,
            None => self.heard_at + self.rules.enquire,
        }
    }

    fn handle_pdu(&mut self, pdu: &Pdu, now: Instant) {
        if pdu.is_answer() {
            return self.handle_answer(pdu, now);
        }
        let (command, sequence) = (pdu.command, pdu.sequence);
        let deliver = match command {
            pdu::ENQUIRE_LINK => return self.answer(command, sequence, pdu::OK),
            pdu::UNBIND => {
                self.answer(command, sequence, pdu::OK);
                return self.end(Ending::Unbound);
            }
            pdu::ALERT_NOTIFICATION => return,
            pdu::DELIVER_SM => Deliver::decode(&pdu.body),
            pdu::DATA_SM => Deliver::decode_data(&pdu.body),
            _ => {
                self.answer(pdu::GENERIC_NACK, sequence, pdu::BAD_COMMAND);
                return self.tell(News::Poison("an unknown command", pdu.encode()));
            }
        };
        match deliver {
            Ok(deliver) => self.tell(News::Delivered(Delivery {
                command,
                sequence,
                deliver,
            })),
            // Acknowledged, or the centre would bring it again for ever.
            Err(_) => {
                self.answer(command, sequence, pdu::OK);
                self.tell(News::Poison("a message that cannot be read", pdu.encode()));
            }
        }
    }

    fn handle_answer(&mut self, pdu: &Pdu, now: Instant) {
        if pdu.command == pdu::BIND_TRANSCEIVER | pdu::ANSWERS {
            if pdu.status == pdu::OK {
                self.bound = true;
                return self.tell(News::Bound);
            }
            return self.end(Ending::Refused(pdu.status));
        }
        let submitted = [pdu::SUBMIT_SM | pdu::ANSWERS, pdu::GENERIC_NACK];
        if !submitted.contains(&pdu.command) {
            return;
        }
        let Some(sent) = self.under_way.remove(&pdu.sequence) else {
            return;
        };
        let outcome = match pdu.status {
            pdu::OK => Outcome::Taken(pdu.message_id()),
            pdu::THROTTLED | pdu::QUEUE_FULL => {
                self.pace.handle_throttled(now);
                if sent.throttled < THROTTLED_MAX {
                    return self.waiting.push_front(Waiting {
                        number: sent.number,
                        body: sent.body,
                        throttled: sent.throttled + 1,
                    });
                }
                Outcome::Status(pdu.status)
            }
            status => Outcome::Status(status),
        };
        self.tell(News::Submitted(sent.number, outcome));
    }

    fn fill_window(&mut self, now: Instant) {
        while self.bound
            && !self.over
            && self.under_way.len() < self.rules.window
            && self.pace.due(now) <= now
        {
            let Some(next) = self.waiting.pop_front() else {
                return;
            };
            self.pace.handle_sent(now);
            let sequence = self.request(pdu::SUBMIT_SM, next.body.clone());
            self.under_way.insert(
                sequence,
                UnderWay {
                    number: next.number,
                    body: next.body,
                    throttled: next.throttled,
                    late_at: now + self.rules.answer_max,
                },
            );
        }
    }

    fn request(&mut self, command: u32, body: Vec<u8>) -> u32 {
        self.sequence = self.sequence % 0x7fff_ffff + 1;
        let pdu = Pdu::new(command, self.sequence, body);
        self.out.push_back(pdu.encode());
        self.sequence
    }

    fn answer(&mut self, command: u32, sequence: u32, status: u32) {
        let pdu = Pdu::answer(command, sequence, status);
        self.out.push_back(pdu.encode());
    }

    fn tell(&mut self, news: News) {
        self.news.push_back(news);
    }

    fn end(&mut self, why: Ending) {
        self.handle_closed();
        self.tell(News::Ended(why));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        Rules {
            system_id: "hub".to_owned(),
            password: "secret".to_owned(),
            system_type: String::new(),
            window: 2,
            per_second: 1000,
            enquire: Duration::from_secs(30),
            answer_max: Duration::from_secs(10),
        }
    }

    fn bound(now: Instant) -> Session {
        let mut session = Session::new(rules(), now);
        session.poll_out().unwrap();
        let bind = Pdu::answer(pdu::BIND_TRANSCEIVER, 1, pdu::OK);
        session.handle_read(&bind.encode(), now);
        assert_eq!(session.poll_news(), Some(News::Bound));
        session
    }

    /// Commands and sequence numbers of what is to be written.
    fn written(session: &mut Session) -> Vec<(u32, u32, u32)> {
        std::iter::from_fn(|| session.poll_out())
            .map(|mut octets| {
                let pdu = pdu::cut(&mut octets).unwrap().unwrap();
                (pdu.command, pdu.sequence, pdu.status)
            })
            .collect()
    }

    fn answered(session: &mut Session, sequence: u32, status: u32, now: Instant) {
        let mut pdu = Pdu::answer(pdu::SUBMIT_SM, sequence, status);
        pdu.body = b"m1\0".to_vec();
        session.handle_read(&pdu.encode(), now);
    }

    #[test]
    fn no_more_are_under_way_than_the_window_holds() {
        let mut now = Instant::now();
        let mut session = bound(now);
        for number in 0..3 {
            assert!(session.handle_submit(number, Vec::new(), now));
            now += Duration::from_millis(2);
            session.handle_timeout(now);
        }
        let out = written(&mut session);
        assert_eq!(out, [(pdu::SUBMIT_SM, 2, 0), (pdu::SUBMIT_SM, 3, 0)]);
        answered(&mut session, 3, pdu::OK, now);
        assert_eq!(written(&mut session), [(pdu::SUBMIT_SM, 4, 0)]);
        let taken = Outcome::Taken("m1".to_owned());
        assert_eq!(session.poll_news(), Some(News::Submitted(1, taken)));
    }

    #[test]
    fn a_throttled_message_goes_out_again_later() {
        let mut now = Instant::now();
        let mut session = bound(now);
        session.handle_submit(7, b"x".to_vec(), now);
        written(&mut session);
        answered(&mut session, 2, pdu::THROTTLED, now);
        assert_eq!(session.poll_news(), None);
        session.handle_timeout(now + Duration::from_secs(1));
        assert!(written(&mut session).is_empty());
        now = session.due(now);
        session.handle_timeout(now);
        assert_eq!(written(&mut session), [(pdu::SUBMIT_SM, 3, 0)]);
        answered(&mut session, 3, pdu::OK, now);
        let taken = Outcome::Taken("m1".to_owned());
        assert_eq!(session.poll_news(), Some(News::Submitted(7, taken)));
    }

    #[test]
    fn a_mute_centre_is_left_and_what_was_under_way_is_unknown() {
        let mut now = Instant::now();
        let mut session = bound(now);
        for number in 0..3 {
            session.handle_submit(number, Vec::new(), now);
            now += Duration::from_millis(2);
            session.handle_timeout(now);
        }
        let mut news = Vec::new();
        while !matches!(news.last(), Some(News::Ended(_))) {
            now = session.due(now).max(now);
            session.handle_timeout(now);
            news.extend(std::iter::from_fn(|| session.poll_news()));
        }
        assert_eq!(news.last(), Some(&News::Ended(Ending::Mute)));
        for number in 0..3 {
            let told = news.iter().filter(
                |news| matches!(news, News::Submitted(told, Outcome::Unknown) if *told == number),
            );
            assert_eq!(told.count(), 1, "{number}");
        }
    }

    #[test]
    fn poison_is_answered_and_set_aside_and_the_session_goes_on() {
        let now = Instant::now();
        let mut session = bound(now);
        let poison = Pdu::new(pdu::DELIVER_SM, 9, vec![0xff; 8]).encode();
        let unknown = Pdu::new(0xdead_beef & 0x7fff_ffff, 4, Vec::new()).encode();
        let enquire = Pdu::new(pdu::ENQUIRE_LINK, 5, Vec::new()).encode();
        session.handle_read(&[poison.clone(), unknown, enquire].concat(), now);
        assert_eq!(
            written(&mut session),
            [
                (pdu::DELIVER_SM | pdu::ANSWERS, 9, pdu::OK),
                (pdu::GENERIC_NACK, 4, pdu::BAD_COMMAND),
                (pdu::ENQUIRE_LINK | pdu::ANSWERS, 5, pdu::OK),
            ]
        );
        assert_eq!(
            session.poll_news(),
            Some(News::Poison("a message that cannot be read", poison))
        );
        session.handle_read(&[0xff; 16], now);
        session.poll_news();
        let garbled = Ending::Garbled(PduError::Length(u32::MAX));
        assert_eq!(session.poll_news(), Some(News::Ended(garbled)));
    }

    #[test]
    fn a_refused_bind_ends_it() {
        let now = Instant::now();
        let mut session = Session::new(rules(), now);
        let refused = Pdu::answer(pdu::BIND_TRANSCEIVER, 1, 0x0e);
        session.handle_read(&refused.encode(), now);
        assert_eq!(
            session.poll_news(),
            Some(News::Ended(Ending::Refused(0x0e)))
        );
        assert!(!session.handle_submit(1, Vec::new(), now));
    }

    #[test]
    fn a_quiet_link_is_tried_and_goes_on_when_it_answers() {
        let now = Instant::now();
        let mut session = bound(now);
        let due = session.due(now);
        assert_eq!(due, now + Duration::from_secs(30));
        session.handle_timeout(due);
        let [(command, sequence, _)] = written(&mut session)[..] else {
            panic!("one enquiry");
        };
        assert_eq!(command, pdu::ENQUIRE_LINK);
        let answer = Pdu::answer(pdu::ENQUIRE_LINK, sequence, pdu::OK);
        session.handle_read(&answer.encode(), due);
        assert_eq!(session.due(due), due + Duration::from_secs(30));
    }
}
