//! The world: time, links, power, and what goes wrong with them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use curriculum::random::SplitMix64;
use sync::contact::Generation;
use sync::envelope::Frame;
use sync::lane::Lane;
use sync::message::Message;
use sync::sender::{Allowance, Outcome, Sender};

use crate::auditor::{Auditor, CardRow};
use crate::card::{Card, Pages, fact_of};
use crate::central::{Central, Pending, Rows};
use crate::plan::{Break, Plan};

/// Where virtual time begins, in milliseconds since 1970.
const BEGIN_MS: u64 = 1_794_000_000_000;
const MINUTE_MS: u64 = 60_000;
const DAY_MS: u64 = 1_440 * MINUTE_MS;
/// Cards in play at most, copies included.
const CARDS_MAX: usize = 3;
/// Sessions each card may need once nothing fails any more.
const ROUNDS_MAX: u32 = 40;

#[derive(Debug)]
enum Event {
    ToHub(u64, Vec<u8>),
    ToBox(usize, u64, Vec<u8>),
    Commit(u64, Pending),
    Timer(usize, u64),
}

struct World {
    plan: Plan,
    random: SplitMix64,
    origin: Instant,
    now_ms: u64,
    queue: BTreeMap<(u64, u64), Event>,
    queued: u64,
    cards: Vec<Card>,
    central: Central,
    /// Counts power cuts of the hub: work of a life before this one is gone.
    hub_life: u64,
    generation: u32,
    image: Option<Pages>,
    backup: Option<Rows>,
    auditor: Auditor,
    facts: u64,
    sessions: u64,
    card_of: BTreeMap<u64, usize>,
    down_until_ms: u64,
    failing: bool,
}

/// Runs a history; the law it broke, if it did.
pub(crate) fn run(plan: &Plan) -> Result<(), String> {
    let mut world = World {
        plan: *plan,
        random: SplitMix64::new(plan.seed),
        origin: Instant::now(),
        now_ms: 0,
        queue: BTreeMap::new(),
        queued: 0,
        cards: vec![Card::boot(Pages::new(), 0, BEGIN_MS)],
        central: Central::new(Rows::new(), plan.built),
        hub_life: 0,
        generation: 0,
        image: None,
        backup: None,
        auditor: Auditor::default(),
        facts: 0,
        sessions: 0,
        card_of: BTreeMap::new(),
        down_until_ms: 0,
        failing: true,
    };
    for _ in 0..plan.steps {
        let pause_ms = [300, MINUTE_MS, 120 * MINUTE_MS, 2 * DAY_MS];
        let longest = pause_ms[[0, 0, 0, 1, 1, 2, 3][world.below(7) as usize]];
        let until_ms = world.now_ms + 1 + world.below(longest);
        world.advance(until_ms);
        world.step();
    }
    world.settle()?;
    let last = world.facts;
    for card in 0..world.cards.len() {
        world.write(card);
    }
    world.settle()?;
    let cards: Vec<_> = world.cards.iter().map(Card::rows).collect();
    let hub = world.central.rows.audited();
    world.auditor.judge(&cards, &hub)?;
    // A copy's old facts may hold keys of its original's next ones: both are kept, and by now who
    // came second writes in a life of its own.
    let aside = hub
        .iter()
        .filter(|row| !row.main && fact_of(&row.frame) > last);
    for row in aside {
        let fact = fact_of(&row.frame);
        let mut holders = world.cards.iter().zip(&cards);
        let still = |(card, rows): (&Card, &Vec<CardRow>)| {
            card.pages.epoch.0 == row.epoch && rows.iter().any(|row| row.fact == fact)
        };
        if holders.any(still) {
            return Err(format!(
                "a card goes on in epoch {}, where another writes",
                row.epoch
            ));
        }
    }
    Ok(())
}

impl World {
    fn below(&mut self, bound: u64) -> u64 {
        self.random.below(bound)
    }

    fn chance(&mut self, per_thousand: u64) -> bool {
        self.failing && self.below(1000) < per_thousand
    }

    fn instant(&self) -> Instant {
        self.origin + Duration::from_millis(self.now_ms)
    }

    fn wall_ms(&mut self) -> u64 {
        let true_ms = BEGIN_MS + self.now_ms;
        match (self.plan.clock_jumps, self.below(4)) {
            (true, 0) => true_ms + 10 * 365 * DAY_MS,
            (true, 1) => 0,
            (true, 2) => true_ms.saturating_sub(self.random.below(2_000) * DAY_MS),
            _ => true_ms,
        }
    }

    fn at(&mut self, after_ms: u64, event: Event) {
        self.queued += 1;
        self.queue
            .insert((self.now_ms + after_ms, self.queued), event);
    }

    /// Everything that is due until then happens.
    fn advance(&mut self, until_ms: u64) {
        while let Some(entry) = self.queue.first_entry() {
            if entry.key().0 > until_ms {
                break;
            }
            let ((at_ms, _), event) = entry.remove_entry();
            self.now_ms = self.now_ms.max(at_ms);
            self.happen(event);
        }
        self.now_ms = self.now_ms.max(until_ms);
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::ToHub(session, bytes) => {
                let message = Message::from_bytes(&bytes).unwrap();
                let now = self.instant();
                self.central.forget_silent(now);
                let (answers, pending) = self.central.hear(session, message, now);
                self.answer(session, answers);
                if let Some(pending) = pending {
                    let (life, flush_ms) = (self.hub_life, 1 + self.below(20));
                    self.at(flush_ms, Event::Commit(life, pending));
                }
            }
            Event::Commit(life, pending) if life == self.hub_life => {
                let cut = self.plan.hub_power && self.chance(15);
                if cut && self.below(2) == 0 {
                    return self.cut_hub();
                }
                let (session, fresh) = (pending.session, self.random.next_u64() | 1);
                let answers = self.central.commit(&pending, fresh, BEGIN_MS + self.now_ms);
                if cut {
                    return self.cut_hub();
                }
                self.answer(session, answers);
            }
            Event::Commit(..) => {}
            Event::ToBox(card, session, bytes) => self.hear(card, session, &bytes),
            Event::Timer(card, session) => {
                let now = self.instant();
                if let Some((current, sender)) = &mut self.cards[card].session
                    && *current == session
                {
                    sender.handle_timeout(now);
                    self.pump(card);
                }
            }
        }
    }

    /// The link: what is sent may be lost, doubled, late and overtaken.
    fn carry(&mut self, event: impl Fn() -> Event) {
        let down = self.failing && self.now_ms < self.down_until_ms;
        let loss = self.plan.loss;
        if down || self.chance(loss) {
            return;
        }
        let doubling = self.plan.doubling;
        let times = 1 + u64::from(self.chance(doubling));
        for _ in 0..times {
            let delay_ms = 5 + self.random.below(self.plan.delay_ms);
            self.at(delay_ms, event());
        }
    }

    fn answer(&mut self, session: u64, answers: Vec<Message>) {
        let Some(card) = self.card_of.get(&session).copied() else {
            return;
        };
        for message in answers {
            let bytes = message.to_bytes().unwrap();
            self.carry(|| Event::ToBox(card, session, bytes.clone()));
        }
    }

    fn hear(&mut self, card: usize, session: u64, bytes: &[u8]) {
        let now = self.instant();
        let message = Message::from_bytes(bytes).unwrap();
        let own = &mut self.cards[card];
        if own
            .session
            .as_ref()
            .is_none_or(|(current, _)| *current != session)
        {
            return;
        }
        let Some((current, mut sender)) = own.session.take() else {
            return;
        };
        sender.handle_message(now, &message, |epoch, lane, seq| own.tag(epoch, lane, seq));
        own.session = Some((current, sender));
        self.pump(card);
    }

    fn connect(&mut self, card: usize) {
        if self.cards[card].session.is_some() {
            return;
        }
        self.sessions += 1;
        let (session, nonce) = (self.sessions, self.random.next_u64());
        let allowance = if self.plan.budgets && self.failing {
            Allowance([0; 6].map(|_| self.random.below(400)))
        } else {
            Allowance::UNLIMITED
        };
        let hello = self.cards[card].hello(nonce);
        let sender = Sender::new(hello, allowance, self.instant());
        self.cards[card].session = Some((session, sender));
        self.card_of.insert(session, card);
        self.pump(card);
    }

    /// Polls a session until it waits.
    fn pump(&mut self, card: usize) {
        let now = self.instant();
        let Some((session, mut sender)) = self.cards[card].session.take() else {
            return;
        };
        let own = &mut self.cards[card];
        if let Some(adoption) = sender.poll_adoption() {
            own.adopt(&adoption, self.now_ms);
            if self.plan.built != Break::NoFlush {
                own.flush();
            }
            sender.handle_adopted(now);
        }
        while let Some(want) = sender.poll_want() {
            let entries = own.wanted(&want);
            sender.handle_entries(&want, &entries).unwrap();
        }
        while let Some((epoch, lane, mark)) = sender.poll_acked() {
            let facts = own.acked(epoch, lane, mark);
            self.auditor.promised(facts);
        }
        let mut messages = Vec::new();
        while let Some(message) = sender.poll_transmit() {
            messages.push(message.to_bytes().unwrap());
        }
        let outcome = sender.poll_outcome();
        let timeout = sender.poll_timeout().saturating_duration_since(now);
        match outcome {
            None => own.session = Some((session, sender)),
            Some(Outcome::Drained { .. }) => own.failures = 0,
            Some(Outcome::Wait(_) | Outcome::Stalled) => own.failures += 1,
        }
        for bytes in messages {
            self.carry(|| Event::ToHub(session, bytes.clone()));
        }
        if outcome.is_none() {
            let after_ms = timeout.as_millis() as u64 + 1;
            self.at(after_ms, Event::Timer(card, session));
        }
    }

    fn write(&mut self, card: usize) {
        self.facts += 1;
        let fact = self.facts;
        let lane = Lane::ALL[[0, 1, 2, 3, 3, 3, 4, 5][self.below(8) as usize]];
        let mut body = vec![(fact % 251) as u8; self.random.below(60) as usize];
        body.extend_from_slice(&fact.to_le_bytes());
        let kind = 100 + self.below(12) as u16;
        let frame = Frame {
            kind,
            schema: 1,
            body,
        };
        let frame = frame.to_bytes().unwrap();
        let honest = !(self.plan.poison && self.chance(40));
        self.auditor.written(fact, &frame);
        let own = &mut self.cards[card];
        own.write(lane, frame, self.now_ms, honest);
        if self.plan.built != Break::NoFlush {
            own.flush();
        }
        self.auditor.committed(fact);
    }

    fn step(&mut self) {
        let card = self.below(self.cards.len() as u64) as usize;
        match self.below(24) {
            0..=7 => {
                for _ in 0..=self.below(5) {
                    self.write(card);
                }
            }
            8..=16 => self.connect(card),
            17 if self.plan.partitions => {
                let longest = [60 * MINUTE_MS, 21 * DAY_MS][self.below(2) as usize];
                self.down_until_ms = self.now_ms + self.random.below(longest);
            }
            18 if self.plan.box_power => self.cut_box(card),
            19 if self.plan.hub_power => self.cut_hub(),
            20 if self.image.is_none() => self.image = Some(self.cards[card].image()),
            20 if self.plan.set_back => {
                self.auditor.card_set_back = true;
                let (pages, wall_ms) = (self.image.clone().unwrap(), self.wall_ms());
                self.cards[card] = Card::boot(pages, self.now_ms, wall_ms);
            }
            21 if self.plan.copies && self.image.is_some() && self.cards.len() < CARDS_MAX => {
                let (pages, wall_ms) = (self.image.clone().unwrap(), self.wall_ms());
                self.cards.push(Card::boot(pages, self.now_ms, wall_ms));
            }
            22 if self.backup.is_none() || self.below(3) == 0 => {
                self.backup = Some(self.central.rows.clone());
            }
            22 if self.plan.hub_set_back => {
                self.auditor.hub_set_back = true;
                let seconds = ((BEGIN_MS + self.now_ms) / 1000) as u32;
                self.generation = seconds.max(self.generation + 1);
                let mut rows = self.backup.clone().unwrap();
                rows.generation = Generation(self.generation);
                self.central = Central::new(rows, self.plan.built);
                self.hub_life += 1;
            }
            _ => {}
        }
    }

    fn cut_box(&mut self, card: usize) {
        let wall_ms = self.wall_ms();
        let fresh = Card::boot(Pages::new(), self.now_ms, wall_ms);
        let off = std::mem::replace(&mut self.cards[card], fresh);
        let pages = off.cut(&mut self.random);
        self.cards[card] = Card::boot(pages, self.now_ms, wall_ms);
    }

    fn cut_hub(&mut self) {
        self.hub_life += 1;
        self.central = Central::new(self.central.rows.clone(), self.plan.built);
    }

    /// Nothing fails any more: every card must get rid of everything.
    fn settle(&mut self) -> Result<(), String> {
        self.failing = false;
        for _ in 0..ROUNDS_MAX {
            // Old sessions stall, their messages arrive nowhere.
            let until_ms = self.now_ms + 10 * MINUTE_MS;
            self.advance(until_ms);
            for card in 0..self.cards.len() {
                self.connect(card);
                let until_ms = self.now_ms + 10 * MINUTE_MS;
                self.advance(until_ms);
            }
            let talking = self.cards.iter().any(|card| card.session.is_some());
            if !talking && self.cards.iter().all(Card::is_idle) {
                // Once more, so that who wrote on a branch has a life of its own.
                for card in 0..self.cards.len() {
                    self.connect(card);
                    let until_ms = self.now_ms + 10 * MINUTE_MS;
                    self.advance(until_ms);
                }
                return Ok(());
            }
        }
        let failures: Vec<_> = self.cards.iter().map(|card| card.failures).collect();
        Err(format!(
            "a card never drains, though nothing fails any more ({failures:?} stalls)"
        ))
    }
}
