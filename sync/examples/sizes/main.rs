//! Bytes per progress event, on traces that the dictionary was not trained on.
//!
//!   cargo run --release -p sync --example sizes            prints them
//!   cargo run --release -p sync --example sizes -- train   trains the dictionary anew
//!
//! A dictionary that has shipped is never trained again: the next one gets a number of its own.

mod trace;

use sync::batch::{Codec, columns, pack, unpack};
use trace::{Pool, trace};

/// Seeds of the traces a dictionary is trained on, and of those it is measured on.
const TRAINED: std::ops::Range<u64> = 0..40;
const HELD_OUT: std::ops::Range<u64> = 1000..1009;
const DICTIONARY_BYTES: usize = 8 * 1024;
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
        let mut codings = [0; 3];
        for seed in HELD_OUT {
            for items in trace(seed, Pool::All, 4000).chunks_exact(size) {
                let packed = pack(items)?;
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
            "{size:>5}  {:>15.2}  {:>13.2}  {target:>6}  columns {} zstd {} dictionary {}",
            each(payload),
            each(payload + around),
            codings[Codec::Columns as usize],
            codings[Codec::Zstd as usize],
            codings[Codec::Dictionary1 as usize],
        );
    }
    Ok(())
}

fn train() -> Result<(), Box<dyn std::error::Error>> {
    let mut samples = Vec::new();
    for seed in TRAINED {
        let items = trace(seed, Pool::Half, 2400);
        for size in [8, 20, 20, 30, 50] {
            for items in items.chunks_exact(size) {
                samples.push(columns(items)?);
            }
        }
    }
    let dictionary = zstd::dict::from_samples(&samples, DICTIONARY_BYTES)?;
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/batch/progress-1.dict");
    std::fs::write(path, &dictionary)?;
    println!(
        "{}: {} bytes from {} batches",
        path,
        dictionary.len(),
        samples.len()
    );
    Ok(())
}
