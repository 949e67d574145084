//! `ishuri-edge bench text`: messages through a service centre on this machine, from the delivery of a
//! learner's message to the submission of its answer.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use curriculum::time::UtcOffset;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use crate::conversation::{
    Meaning, Presence, Record, TextCounts, TextDesk, Texting, packs_folder, stock,
};
use crate::telephony::sms::smpp::{self, SmppConfig, pdu};

#[derive(clap::Args)]
pub struct Args {
    /// Messages a second; 0 sends the next as soon as an answer is there.
    #[arg(long, default_value_t = 100)]
    rate: u32,
    /// How long.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
    /// Learners who write at the same time, where the rate is 0.
    #[arg(long, default_value_t = 64)]
    learners: usize,
    /// Messages answered at once.
    #[arg(long, default_value_t = 4)]
    workers: usize,
    /// Learners ask questions of their own, which need sentence vectors.
    #[arg(long)]
    open: bool,
}

/// First contact, then answers; a learner says all of them and goes.
const CLOSED: [&str; 13] = [
    "hello", "2", "Aline", "yes", "17", "yes", "7", "12", "hint", "3", "menu", "1", "5",
];
const OPEN: [&str; 13] = [
    "hello",
    "2",
    "Aline",
    "yes",
    "17",
    "yes",
    "why do we wash our hands?",
    "what is a noun?",
    "how do plants drink water?",
    "what does a court do?",
    "how can I save money?",
    "why is the sky blue?",
    "what is a good seed?",
];
/// How long the last answers may take.
const REST: Duration = Duration::from_secs(30);

/// Does it.
///
/// # Errors
/// Whatever stopped it, with its causes.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("start threads")?;
    runtime.block_on(measure(args))
}

/// Who has written what, and when.
#[derive(Default)]
struct Ledger {
    ready: VecDeque<Learner>,
    waiting: HashMap<String, (Instant, Learner)>,
    next_number: u32,
    sent: u64,
    took: Vec<Duration>,
    doubled: u64,
    refused: u64,
    parts: u64,
    foreign: u64,
}

struct Learner {
    number: String,
    said: usize,
}

struct Centre {
    ledger: Mutex<Ledger>,
    answered: Notify,
    texts: [&'static str; 13],
}

async fn measure(args: &Args) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let texting = Texting {
        record: Arc::new(Record::open(folder.path(), UtcOffset::KIGALI)?),
        meaning: Arc::new(Mutex::new(Meaning::open(folder.path())?)),
        context: Arc::new(stock(&packs_folder(), UtcOffset::KIGALI)?),
        presence: Presence::default(),
        counts: TextCounts::default(),
        post: Arc::default(),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let config: SmppConfig = toml::from_str(&format!(
        "name = \"bench\"\naddress = \"{}\"\nsystem_id = \"bench\"\npassword = \"\"\n\
         source = \"8585\"\nwindow = 100\nper_second = 1000\n",
        listener.local_addr()?
    ))?;
    let closing = CancellationToken::new();
    let (intake, brought) = TextDesk::counter();
    let route = smpp::open(config, intake, closing.clone());
    let desk = TextDesk::open(&texting, vec![route], brought, args.workers, &closing)?;
    let (stream, _) = listener.accept().await?;
    stream.set_nodelay(true)?;
    let (reader, writer) = stream.into_split();
    let (out, written) = mpsc::channel(4096);
    tokio::spawn(write(writer, written));
    let centre = Arc::new(Centre {
        ledger: Mutex::default(),
        answered: Notify::new(),
        texts: if args.open { OPEN } else { CLOSED },
    });
    let bound = Arc::new(Notify::new());
    tokio::spawn(Arc::clone(&centre).answer(reader, out.clone(), Arc::clone(&bound)));
    bound.notified().await;
    centre.deliver(args, &out).await?;
    let until = Instant::now() + REST;
    while !centre.ledger().waiting.is_empty() && Instant::now() < until {
        let told = centre.answered.notified();
        drop(tokio::time::timeout(Duration::from_millis(200), told).await);
    }
    closing.cancel();
    desk.closed().await;
    centre.print(args);
    Ok(())
}

impl Centre {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Delivers messages at the rate, or as answers come.
    async fn deliver(&self, args: &Args, out: &mpsc::Sender<Vec<u8>>) -> anyhow::Result<()> {
        let began = Instant::now();
        let end = began + Duration::from_secs(args.seconds);
        let mut sequence = 0;
        while Instant::now() < end {
            if args.rate == 0 {
                if self.ledger().waiting.len() >= args.learners {
                    self.answered.notified().await;
                    continue;
                }
            } else {
                let due = began + Duration::from_secs(1) * sequence / args.rate;
                tokio::time::sleep_until(due.into()).await;
            }
            sequence += 1;
            let octets = self.next_message(sequence, args.rate == 0);
            out.send(octets).await.context("deliver a message")?;
        }
        Ok(())
    }

    /// The next learner's next message. At a rate, those who began take turns with newcomers, so
    /// that nobody writes faster than a person can.
    fn next_message(&self, sequence: u32, at_once: bool) -> Vec<u8> {
        let mut ledger = self.ledger();
        let enough = at_once || ledger.ready.len() > 2_000;
        let learner = if enough {
            ledger.ready.pop_front()
        } else {
            None
        };
        let learner = learner.unwrap_or_else(|| {
            ledger.next_number += 1;
            Learner {
                number: format!("2507{:08}", 80_000_000 + ledger.next_number),
                said: 0,
            }
        });
        let octets = deliver_sm(sequence, &learner.number, self.texts[learner.said]);
        ledger.sent += 1;
        let number = learner.number.clone();
        ledger.waiting.insert(number, (Instant::now(), learner));
        octets
    }

    async fn answer(
        self: Arc<Self>,
        mut reader: OwnedReadHalf,
        out: mpsc::Sender<Vec<u8>>,
        bound: Arc<Notify>,
    ) {
        let (mut read, mut octets) = (Vec::new(), vec![0; 64 * 1024]);
        let mut taken = 0u64;
        while let Ok(count @ 1..) = reader.read(&mut octets).await {
            read.extend_from_slice(&octets[..count]);
            while let Ok(Some(pdu)) = pdu::cut(&mut read) {
                let mut answer = pdu::Pdu::answer(pdu.command, pdu.sequence, pdu::OK);
                match pdu.command {
                    pdu::BIND_TRANSCEIVER => bound.notify_one(),
                    pdu::SUBMIT_SM => {
                        taken += 1;
                        answer.body = format!("{taken}\0").into_bytes();
                        self.note(&pdu.body);
                    }
                    command if command & pdu::ANSWERS != 0 => {
                        if pdu.status != pdu::OK {
                            self.ledger().refused += 1;
                        }
                        continue;
                    }
                    _ => {}
                }
                if out.send(answer.encode()).await.is_err() {
                    return;
                }
            }
        }
    }

    /// An answer was submitted.
    fn note(&self, body: &[u8]) {
        // The fields that both kinds of message begin with are the same.
        let Ok(submit) = pdu::Deliver::decode(body) else {
            return;
        };
        let mut ledger = self.ledger();
        ledger.parts += 1;
        ledger.foreign += u64::from(submit.data_coding != 0);
        match ledger.waiting.remove(&submit.to.text) {
            Some((since, mut learner)) => {
                ledger.took.push(since.elapsed());
                learner.said += 1;
                if learner.said < self.texts.len() {
                    ledger.ready.push_back(learner);
                }
            }
            None => ledger.doubled += 1,
        }
        drop(ledger);
        self.answered.notify_one();
    }

    fn print(&self, args: &Args) {
        let mut ledger = self.ledger();
        ledger.took.sort_unstable();
        let at = |percent: usize| {
            let index = ledger.took.len().saturating_sub(1) * percent / 100;
            let took = ledger.took.get(index).copied().unwrap_or_default();
            took.as_secs_f64() * 1000.0
        };
        let answered = ledger.took.len();
        println!(
            "{} messages in {} s: {answered} answered ({:.0} a second), {} lost, {} beyond one each, \
             {} refused",
            ledger.sent,
            args.seconds,
            answered as f64 / args.seconds as f64,
            ledger.waiting.len(),
            ledger.doubled,
            ledger.refused
        );
        println!(
            "delivery to submitted answer: median {:.0} ms, p95 {:.0} ms, most {:.0} ms",
            at(50),
            at(95),
            at(100)
        );
        println!(
            "{} parts, {} of them not in the GSM alphabet",
            ledger.parts, ledger.foreign
        );
    }
}

fn deliver_sm(sequence: u32, from: &str, text: &str) -> Vec<u8> {
    let mut body = vec![0, 1, 1];
    body.extend(from.bytes());
    body.extend([0, 0, 1]);
    body.extend(b"8585\0");
    // Class, protocol, priority; no times; no receipt; coding 0; length.
    body.extend([0, 0, 0, 0, 0, 0, 0, 0, 0]);
    body.push(u8::try_from(text.len()).unwrap_or(0));
    body.extend(text.bytes());
    pdu::Pdu::new(pdu::DELIVER_SM, sequence, body).encode()
}

async fn write(mut writer: OwnedWriteHalf, mut written: mpsc::Receiver<Vec<u8>>) {
    while let Some(octets) = written.recv().await {
        if writer.write_all(&octets).await.is_err() {
            return;
        }
    }
}
