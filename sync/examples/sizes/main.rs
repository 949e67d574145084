//! Bytes per progress event, on traces that the sample was not drawn from.
//!
//!   cargo run --release -p sync --example sizes            prints them
//!   cargo run --release -p sync --example sizes -- train   writes the sample anew
//!
//! A sample that has shipped is never written again: the next one gets a number of its own.

mod trace;

use sync::batch::{Codec, Dialect, columns, pack, unpack};
use trace::{Pool, trace};

/// Seeds of the traces the sample holds, and of those it is measured on.
const TRAINED: std::ops::Range<u64> = 0..8;
const HELD_OUT: std::ops::Range<u64> = 1000..1009;
const SAMPLE_ROWS: usize = 500;
/// What a batch costs beside its payload: message header, epoch, lane, first number, the mark before
/// it and the hash after it.
const AROUND_BYTES: usize = sync::message::BATCH_AROUND_BYTES;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if std::env::args().nth(1).as_deref() == Some("train") {
        return train();
    }
    println!("batch  payload B/event  with envelope  target  coding");
    for (size, target) in [
        (1, None),
        (5, None),
        (20, Some(16)),
        (100, Some(12)),
        (1000, Some(9)),
    ] {
        let (mut events, mut payload, mut around) = (0, 0, 0);
        let mut codings = [0; 4];
        for seed in HELD_OUT {
            for items in trace(seed, Pool::All, 4000).chunks_exact(size) {
                let packed = pack(items, Dialect::Second)?;
                assert_eq!(
                    unpack(&packed).as_deref(),
                    Ok(items),
                    "a batch must come back whole"
                );
                events += size;
                payload += packed.payload.len();
                around += AROUND_BYTES;
                codings[packed.codec as usize] += 1;
            }
        }
        let each = |bytes: usize| bytes as f64 / events as f64;
        let target = target.map_or(String::from("-"), |bytes: u32| bytes.to_string());
        println!(
            "{size:>5}  {:>15.2}  {:>13.2}  {target:>6}  columns {} zstd {} dictionary {} adaptive {}",
            each(payload),
            each(payload + around),
            codings[Codec::Columns as usize],
            codings[Codec::Zstd as usize],
            codings[Codec::Dictionary1 as usize],
            codings[Codec::Adaptive1 as usize],
        );
    }
    Ok(())
}

fn train() -> Result<(), Box<dyn std::error::Error>> {
    let mut sample = Vec::new();
    for seed in TRAINED {
        let items = trace(seed, Pool::Half, SAMPLE_ROWS);
        let columns = columns(&items)?;
        let pressed = zstd::bulk::compress(&columns, 19)?;
        for number in [items.len(), columns.len(), pressed.len()] {
            sample.extend_from_slice(&u32::try_from(number)?.to_le_bytes());
        }
        sample.extend_from_slice(&pressed);
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/batch/progress-1.rows");
    std::fs::write(path, &sample)?;
    println!("{path}: {} bytes", sample.len());
    Ok(())
}
