//! Every order of events in a small world, over the very functions that boxes and hub run.
//!
//! One box with one lane, a hub, at most three facts. The card may be imaged and put back or
//! copied, the hub brought back from a backup; messages are lost, doubled and overtaken; either end
//! forgets its session at any moment. Breadth first, so that a fault comes with its shortest story.

#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use sync::box_id::{BoxId, Epoch};
use sync::chain::{History, Step, genesis, link, place, resume};
use sync::contact::{
    Contact, Generation, Greeting, Hello, Known, Life, Place, Resume, Seen, confirm, greet,
};
use sync::cursor::{ChainHash, Mark, Standing, Tag};
use sync::hlc::{Hlc, Stamp};
use sync::lane::{Lane, Seq};

const BOX: BoxId = BoxId([7; 16]);
const LANE: Lane = Lane::Progress;
const STAMP: Stamp = Stamp {
    hlc: Hlc(1),
    boot: 1,
    monotonic_ms: 1,
};
/// Facts written in all, sessions begun, messages doubled, messages under way at once.
const FACTS: u8 = 3;
const SESSIONS: u64 = 4;
const DOUBLED: u8 = 1;
const UNDER_WAY: usize = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Entry {
    fact: u8,
    hash: ChainHash,
}

/// A box's card, and the session it is in, which a power cut forgets.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Card {
    epoch: Epoch,
    contact: Contact,
    generation: Generation,
    entries: BTreeMap<Epoch, Vec<Entry>>,
    acked: BTreeMap<Epoch, Mark>,
    session: Option<Session>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Session {
    nonce: u64,
    /// After the welcome: what was sent of each life.
    sent: Option<BTreeMap<Epoch, Mark>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Hub {
    generation: Generation,
    latest: u32,
    lives: BTreeMap<Epoch, Life>,
    main: BTreeMap<Epoch, Vec<Entry>>,
    branches: BTreeSet<(Epoch, Seq, Entry)>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Message {
    Hello(Epoch, Generation, Contact, u64, Vec<Standing>),
    Welcome(u64, Generation, Epoch, Contact, Vec<Resume>),
    Ready(Epoch, Contact),
    Batch(Epoch, Mark, Seq, Entry),
    Ack(Generation, Epoch, Mark),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct World {
    cards: Vec<Card>,
    hub: Hub,
    /// Each with the card it comes from or goes to.
    under_way: BTreeSet<(usize, Message)>,
    image: Option<Card>,
    backup: Option<Hub>,
    card_set_back: bool,
    hub_set_back: bool,
    facts: u8,
    sessions: u64,
    doubled: u8,
    granted: BTreeSet<Epoch>,
    granted_twice: bool,
    /// Facts of which some card was told that they are durable.
    told: BTreeSet<u8>,
}

/// A hub built wrongly on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    AckBeforeCommit,
    NoHashCompare,
    ReusedEpoch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Write(usize),
    Connect(usize),
    Deliver(usize),
    DeliverTwice(usize),
    Lose(usize),
    PowerCut(usize),
    Image,
    PutBack,
    Copy,
    Backup,
    BringBack,
}

fn start() -> World {
    let card = Card {
        epoch: Epoch::FIRST,
        contact: Contact::default(),
        generation: Generation::default(),
        entries: BTreeMap::new(),
        acked: BTreeMap::new(),
        session: None,
    };
    World {
        cards: vec![card],
        hub: Hub {
            generation: Generation(1),
            ..Hub::default()
        },
        under_way: BTreeSet::new(),
        image: None,
        backup: None,
        card_set_back: false,
        hub_set_back: false,
        facts: 0,
        sessions: 0,
        doubled: 0,
        granted: BTreeSet::new(),
        granted_twice: false,
        told: BTreeSet::new(),
    }
}

impl Card {
    fn tag(&self, epoch: Epoch, seq: Seq) -> Option<Tag> {
        tag_in(self.entries.get(&epoch), epoch, seq)
    }

    fn head(&self, epoch: Epoch) -> Mark {
        let seq = Seq(self.entries.get(&epoch).map_or(0, Vec::len) as u64);
        let tag = self.tag(epoch, seq).unwrap();
        Mark { seq, tag }
    }

    fn acked(&self, epoch: Epoch) -> Mark {
        let (seq, tag) = (Seq(0), Tag::of(&genesis(BOX, epoch, LANE)));
        self.acked.get(&epoch).copied().unwrap_or(Mark { seq, tag })
    }

    fn write(&mut self, fact: u8) {
        let epoch = self.epoch;
        let entries = self.entries.entry(epoch).or_default();
        let seq = Seq(entries.len() as u64 + 1);
        let before = entries
            .last()
            .map_or(genesis(BOX, epoch, LANE), |entry| entry.hash);
        let hash = link(&before, seq, STAMP, &[fact]);
        entries.push(Entry { fact, hash });
    }

    fn standings(&self) -> Vec<Standing> {
        let standing = |epoch: &Epoch| Standing {
            epoch: *epoch,
            lane: LANE,
            head: self.head(*epoch),
            acked: self.acked(*epoch),
        };
        let all = self.entries.keys().map(standing);
        all.filter(|s| s.epoch == self.epoch || s.head != s.acked)
            .collect()
    }

    /// The next entry to send, oldest life first.
    fn next_batch(&mut self) -> Option<Message> {
        let entries = &self.entries;
        let sent = self.session.as_mut()?.sent.as_mut()?;
        for (epoch, mark) in sent {
            let entry = entries
                .get(epoch)
                .and_then(|list| list.get(mark.seq.0 as usize));
            if let Some(entry) = entry {
                let before = *mark;
                *mark = Mark::new(mark.seq.next(), &entry.hash);
                return Some(Message::Batch(*epoch, before, mark.seq, *entry));
            }
        }
        None
    }
}

fn tag_in(entries: Option<&Vec<Entry>>, epoch: Epoch, seq: Seq) -> Option<Tag> {
    match seq.0.checked_sub(1) {
        None => Some(Tag::of(&genesis(BOX, epoch, LANE))),
        Some(index) => entries?
            .get(index as usize)
            .map(|entry| Tag::of(&entry.hash)),
    }
}

impl Hub {
    fn place_of(&self, epoch: Epoch, mark: Mark) -> Place {
        if tag_in(self.main.get(&epoch), epoch, mark.seq) == Some(mark.tag) {
            return Place::Main;
        }
        let on_branch = |(e, seq, entry): &(Epoch, Seq, Entry)| {
            *e == epoch && *seq == mark.seq && Tag::of(&entry.hash) == mark.tag
        };
        if self.branches.iter().any(on_branch) {
            Place::Branch
        } else {
            Place::Absent
        }
    }

    fn hello(&mut self, hello: &Hello, fresh: Contact, fault: Fault) -> Greeting {
        let seen: Vec<Seen> = hello
            .standings
            .iter()
            .map(|standing| {
                let epoch = standing.epoch;
                let seq = Seq(self.main.get(&epoch).map_or(0, Vec::len) as u64);
                let tag = tag_in(self.main.get(&epoch), epoch, seq).unwrap();
                Seen {
                    main: Mark { seq, tag },
                    acked: self.place_of(epoch, standing.acked),
                    head: self.place_of(epoch, standing.head),
                }
            })
            .collect();
        let known = Known {
            generation: self.generation,
            latest: Epoch(self.latest),
            life: self.lives.get(&hello.epoch).copied(),
            seen: &seen,
        };
        let mut greeting = greet(hello, &known, fresh);
        if fault == Fault::ReusedEpoch {
            greeting.epoch = hello.epoch;
        }
        self.lives.insert(greeting.epoch, greeting.life);
        self.latest = self.latest.max(greeting.epoch.0);
        greeting
    }

    /// True if the entry was taken; false if what goes before it is not here.
    fn batch(&mut self, epoch: Epoch, before: Mark, seq: Seq, entry: Entry, fault: Fault) -> bool {
        let history = match self.place_of(epoch, before) {
            Place::Main => History::Main,
            Place::Branch => History::Branch,
            Place::Absent => return false,
        };
        let main = self.main.entry(epoch).or_default();
        let stored = |seq: Seq| {
            let there = main.get(seq.0 as usize - 1).map(|there| there.hash);
            there.map(|hash| {
                if fault == Fault::NoHashCompare {
                    entry.hash
                } else {
                    hash
                }
            })
        };
        let steps = place(history, seq, &[entry.hash], stored);
        match steps[0] {
            Step::Same => {}
            Step::Main => main.push(entry),
            Step::Branch => {
                self.branches.insert((epoch, seq, entry));
            }
        }
        true
    }

    fn holds(&self, fact: u8) -> bool {
        let main = self.main.values().flatten();
        let branches = self.branches.iter().map(|(_, _, entry)| entry);
        main.chain(branches).any(|entry| entry.fact == fact)
    }
}

impl World {
    fn actions(&self) -> Vec<Action> {
        let mut actions = Vec::new();
        for (index, card) in self.cards.iter().enumerate() {
            if self.facts < FACTS {
                actions.push(Action::Write(index));
            }
            match card.session {
                Some(_) => actions.push(Action::PowerCut(index)),
                None if self.sessions < SESSIONS => actions.push(Action::Connect(index)),
                None => {}
            }
        }
        for index in 0..self.under_way.len() {
            actions.extend([Action::Deliver(index), Action::Lose(index)]);
            if self.doubled < DOUBLED {
                actions.push(Action::DeliverTwice(index));
            }
        }
        match (&self.image, self.card_set_back) {
            (None, _) => actions.push(Action::Image),
            (Some(_), false) => actions.extend([Action::PutBack, Action::Copy]),
            _ => {}
        }
        match (&self.backup, self.hub_set_back) {
            (None, _) => actions.push(Action::Backup),
            (Some(_), false) => actions.push(Action::BringBack),
            _ => {}
        }
        actions
    }

    fn act(&self, action: Action, fault: Fault) -> World {
        let mut next = self.clone();
        match action {
            Action::Write(card) => {
                next.facts += 1;
                next.cards[card].write(next.facts);
            }
            Action::Connect(card) => next.connect(card),
            Action::Deliver(index) | Action::DeliverTwice(index) => {
                let letter = self.under_way.iter().nth(index).unwrap().clone();
                if matches!(action, Action::Deliver(_)) {
                    next.under_way.remove(&letter);
                } else {
                    next.doubled += 1;
                }
                next.deliver(letter.0, letter.1, fault);
            }
            Action::Lose(index) => {
                let letter = self.under_way.iter().nth(index).unwrap().clone();
                next.under_way.remove(&letter);
            }
            Action::PowerCut(card) => next.cards[card].session = None,
            Action::Image => {
                let mut image = self.cards[0].clone();
                image.session = None;
                next.image = Some(image);
            }
            Action::PutBack => {
                next.card_set_back = true;
                next.cards[0] = self.image.clone().unwrap();
            }
            Action::Copy => {
                next.card_set_back = true;
                next.cards.push(self.image.clone().unwrap());
            }
            Action::Backup => next.backup = Some(self.hub.clone()),
            Action::BringBack => {
                next.hub_set_back = true;
                next.hub = self.backup.clone().unwrap();
                next.hub.generation = Generation(1_000);
            }
        }
        next
    }

    fn send(&mut self, card: usize, message: Message) {
        if self.under_way.len() < UNDER_WAY {
            self.under_way.insert((card, message));
        }
    }

    fn connect(&mut self, index: usize) {
        self.sessions += 1;
        let (nonce, card) = (self.sessions, &mut self.cards[index]);
        card.session = Some(Session { nonce, sent: None });
        let standings = card.standings();
        let hello = Message::Hello(card.epoch, card.generation, card.contact, nonce, standings);
        self.send(index, hello);
    }

    fn deliver(&mut self, index: usize, message: Message, fault: Fault) {
        match message {
            Message::Hello(epoch, generation, contact, nonce, standings) => {
                let hello = Hello {
                    box_id: BOX,
                    epoch,
                    generation,
                    contact,
                    nonce,
                    standings,
                };
                // Drawn at random in life: never the same twice, whatever is set back.
                let fresh = Contact(100 + nonce * 2 + u64::from(self.doubled));
                let told = self.hub.hello(&hello, fresh, fault);
                if told.alarm.is_some() {
                    self.granted_twice |= !self.granted.insert(told.epoch);
                    self.granted_twice |= told.epoch == epoch;
                }
                let generation = self.hub.generation;
                let welcome = Message::Welcome(nonce, generation, told.epoch, fresh, told.resumes);
                self.send(index, welcome);
            }
            Message::Welcome(nonce, generation, epoch, contact, resumes) => {
                self.welcome(index, nonce, generation, (epoch, contact), &resumes);
            }
            Message::Ready(epoch, contact) => {
                if let Some(life) = self.hub.lives.get_mut(&epoch) {
                    *life = confirm(*life, contact);
                }
            }
            Message::Batch(epoch, before, seq, entry) => {
                let ack = Message::Ack(self.hub.generation, epoch, Mark::new(seq, &entry.hash));
                // The broken hub answers and loses power before it has committed.
                if fault == Fault::AckBeforeCommit
                    || self.hub.batch(epoch, before, seq, entry, fault)
                {
                    self.send(index, ack);
                }
            }
            Message::Ack(generation, epoch, mark) => self.ack(index, generation, epoch, mark),
        }
    }

    fn welcome(
        &mut self,
        index: usize,
        nonce: u64,
        generation: Generation,
        (epoch, contact): (Epoch, Contact),
        resumes: &[Resume],
    ) {
        let Some(card) = self.cards.get_mut(index) else {
            return;
        };
        let waiting = |session: &Session| session.nonce == nonce && session.sent.is_none();
        if !card.session.as_ref().is_some_and(waiting) {
            return;
        }
        let mut sent = BTreeMap::new();
        if card.generation != Generation::default() && generation != card.generation {
            card.acked.clear();
        }
        for offer in resumes {
            let standing = Standing {
                epoch: offer.epoch,
                lane: LANE,
                head: card.head(offer.epoch),
                acked: card.acked(offer.epoch),
            };
            let mark = resume(offer, &standing, |seq| card.tag(offer.epoch, seq)).unwrap();
            card.acked.insert(offer.epoch, mark);
            sent.insert(offer.epoch, mark);
        }
        let (seq, tag) = (Seq(0), Tag::of(&genesis(BOX, epoch, LANE)));
        sent.entry(epoch).or_insert(Mark { seq, tag });
        (card.epoch, card.contact, card.generation) = (epoch, contact, generation);
        card.session = Some(Session {
            nonce,
            sent: Some(sent),
        });
        let batch = card.next_batch();
        self.send(index, Message::Ready(epoch, contact));
        if let Some(batch) = batch {
            self.send(index, batch);
        }
    }

    fn ack(&mut self, index: usize, generation: Generation, epoch: Epoch, mark: Mark) {
        let card = &mut self.cards[index];
        let open = card.session.as_ref().is_some_and(|s| s.sent.is_some());
        let own = card.tag(epoch, mark.seq) == Some(mark.tag);
        if !open || generation != card.generation || !own {
            return;
        }
        if mark.seq > card.acked(epoch).seq {
            card.acked.insert(epoch, mark);
            let told = card.entries[&epoch][..mark.seq.0 as usize].iter();
            self.told.extend(told.map(|entry| entry.fact));
        }
        if let Some(batch) = card.next_batch() {
            self.send(index, batch);
        }
    }

    /// What must hold always; the broken law in words.
    fn broken_law(&self) -> Option<&'static str> {
        for card in &self.cards {
            for (epoch, acked) in &card.acked {
                let behind = self.hub.generation > card.generation;
                let upto = card.entries.get(epoch).map_or(&[][..], |list| list);
                let upto = &upto[..(acked.seq.0 as usize).min(upto.len())];
                if !behind && upto.iter().any(|entry| !self.hub.holds(entry.fact)) {
                    return Some("a card takes for durable what the hub does not hold");
                }
            }
        }
        let on_card = |fact: &u8| {
            let mut all = self
                .cards
                .iter()
                .flat_map(|card| card.entries.values().flatten());
            all.any(|entry| entry.fact == *fact)
        };
        let lost = |fact: &&u8| !self.hub.holds(**fact) && !on_card(fact);
        // Both ends set back lose what only they held: no protocol can bring that back.
        let both = self.card_set_back && self.hub_set_back;
        if !both && self.told.iter().any(|fact| lost(&fact)) {
            return Some("a fact that was acknowledged is nowhere");
        }
        self.granted_twice
            .then_some("an epoch was granted a second time")
    }

    /// From here on everything works: each card talks until it has nothing to send.
    fn settle(&self, fault: Fault) -> Option<&'static str> {
        let mut world = self.clone();
        world.under_way.clear();
        for _round in 0..3 {
            for index in 0..world.cards.len() {
                world.cards[index].session = None;
                world.connect(index);
                while let Some((card, message)) = world.under_way.pop_first() {
                    world.deliver(card, message, fault);
                }
            }
        }
        let all = |card: &Card| {
            let facts: Vec<_> = card.entries.values().flatten().copied().collect();
            facts.iter().all(|entry| world.hub.holds(entry.fact))
        };
        if !world.cards.iter().all(all) {
            return Some("a fact never arrives");
        }
        let idle = |card: &Card| card.standings().iter().all(|s| s.head == s.acked);
        if !world.cards.iter().all(idle) {
            return Some("a box is never told that all is durable");
        }
        world.broken_law()
    }
}

/// Explores the world; the story of the first broken law, or how many states there are.
fn explore(fault: Fault, states_max: usize) -> Result<usize, String> {
    let mut from: HashMap<World, Option<(usize, Action)>> = HashMap::new();
    let mut order = vec![start()];
    from.insert(start(), None);
    let mut waiting = VecDeque::from([0]);
    while let Some(index) = waiting.pop_front() {
        let world = order[index].clone();
        if let Some(law) = world.broken_law().or_else(|| world.settle(fault)) {
            return Err(story(law, &world, &from, &order));
        }
        if order.len() >= states_max {
            continue;
        }
        for action in world.actions() {
            let next = world.act(action, fault);
            if !from.contains_key(&next) {
                from.insert(next.clone(), Some((index, action)));
                waiting.push_back(order.len());
                order.push(next);
            }
        }
    }
    Ok(order.len())
}

fn story(
    law: &str,
    world: &World,
    from: &HashMap<World, Option<(usize, Action)>>,
    order: &[World],
) -> String {
    let (mut steps, mut at) = (Vec::new(), world);
    while let Some(Some((before, action))) = from.get(at) {
        steps.push(format!("{action:?}"));
        at = &order[*before];
    }
    steps.reverse();
    format!("{law}: {}", steps.join(", "))
}

/// States visited; `ISHURI_STATES` asks for more.
fn states_max() -> usize {
    let asked = std::env::var("ISHURI_STATES").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(30_000)
}

#[test]
fn no_order_of_events_loses_a_fact_or_stops_the_box() {
    match explore(Fault::None, states_max()) {
        Ok(states) => println!("{states} states"),
        Err(story) => panic!("{story}"),
    }
}

#[test]
fn a_hub_built_wrongly_is_found_out() {
    for fault in [
        Fault::AckBeforeCommit,
        Fault::NoHashCompare,
        Fault::ReusedEpoch,
    ] {
        let story = explore(fault, 300_000).expect_err("the fault must be found");
        println!("{fault:?}: {story}");
    }
}
