//! Files of weights, broken in a million ways: an answer every time, never a panic, never more
//! memory than a converter needs.
//!
//! Every reader starts from a sound file, so that a break goes deep before it is noticed.
//! `ISHURI_FUZZ_RUNS` sets the breaks per reader; a failure prints the seed and run to repeat.
//! Not here: the WAV reader, whose own tests break it.
#![expect(
    clippy::unwrap_used,
    reason = "a test ends at the first thing that is not as expected"
)]

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::thread;

use models::convert::{
    Dimensions, Precision, check_ggml, read_ct2, read_mel_filters, read_pt, read_safetensors,
    read_vocabulary, read_weights, write_ggml,
};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const RUNS: u64 = 400;
const SEED: u64 = 0x1511_0001;
/// Sound files here are 7 MB each; conversion holds one piece of a tensor at a time.
const RESIDENT_MAX_KB: u64 = 400_000;

/// The smallest model that is still a Whisper: nearly all of it is the token embedding.
const SMALL: Dimensions = Dimensions {
    vocab: 51_864,
    audio_ctx: 2,
    audio_state: 64,
    audio_head: 1,
    audio_layer: 1,
    text_ctx: 2,
    text_state: 64,
    text_head: 1,
    text_layer: 1,
    mels: 80,
};

/// xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators".
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// Says which run was on when a test ends badly.
struct Run(u64);

impl Drop for Run {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("broken by run {} of seed {SEED:#x}", self.0);
        }
    }
}

/// One to four breaks, most of them where the file says what it holds.
fn broken(sound: &[u8], telling: usize, random: &mut Random) -> Vec<u8> {
    const ODD: [u8; 8] = [0, 1, 2, 0x7f, 0x80, 0xfe, 0xff, b'.'];
    let mut bytes = sound.to_vec();
    for _ in 0..=random.below(4) {
        let near = random.below(8) != 0;
        let limit = if near {
            telling.min(bytes.len())
        } else {
            bytes.len()
        };
        let place = random.below(limit);
        match random.below(7) {
            0 => bytes.truncate(place),
            1 => drop(bytes.splice(place..place, [random.next() as u8; 4])),
            2 => drop(bytes.drain(place..(place + 1 + random.below(8)).min(bytes.len()))),
            3 => {
                let odd = [u64::MAX, 0, 1 << 31, 1 << 63, u64::from(u32::MAX), 1 << 20];
                let number = odd[random.below(odd.len())].to_le_bytes();
                let count = [2, 4, 8][random.below(3)].min(bytes.len() - place);
                bytes[place..place + count].copy_from_slice(&number[..count]);
            }
            4 => bytes
                .iter_mut()
                .skip(place)
                .take(1)
                .for_each(|b| *b ^= 1 << random.below(8)),
            5 => {
                let from = random.below(limit);
                let piece = bytes[from..(from + 16).min(bytes.len())].to_vec();
                bytes.splice(place..place, piece);
            }
            _ => bytes
                .iter_mut()
                .skip(place)
                .take(1)
                .for_each(|b| *b = ODD[random.below(8)]),
        }
        if bytes.is_empty() {
            break;
        }
    }
    bytes
}

/// Feeds `runs` broken copies of `sound` to `reader`, which says whether it took them.
fn fuzz(name: &str, sound: &[u8], telling: usize, reader: impl Fn(&Vec<u8>) -> bool) {
    let runs = std::env::var("ISHURI_FUZZ_RUNS")
        .ok()
        .and_then(|text| text.parse().ok());
    let runs = runs.unwrap_or(RUNS);
    assert!(
        reader(&sound.to_vec()),
        "{name}: the sound file is not read"
    );
    let mut random = Random(SEED);
    let mut taken = 0;
    for run in 0..runs {
        let _run = Run(run);
        taken += u64::from(reader(&broken(sound, telling, &mut random)));
    }
    println!("{name}: {runs} broken files, {taken} of them still readable");
    let resident = resident_max_kb();
    assert!(
        resident < RESIDENT_MAX_KB,
        "{name}: {resident} kB were resident"
    );
}

/// The most memory this process has held, as Linux counts it.
fn resident_max_kb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse().ok())
        .unwrap_or(0)
}

/// Every tensor with the embedding last: what tells of the others then lies close together.
fn tensors() -> Vec<(String, Vec<usize>)> {
    let mut tensors = SMALL.tensors();
    tensors.sort_by_key(|(_, shape)| shape.iter().product::<usize>());
    tensors
}

fn count(shape: &[usize]) -> usize {
    shape.iter().product()
}

fn npz() -> Vec<u8> {
    let mut zip = ZipWriter::new(io::Cursor::new(Vec::new()));
    zip.start_file("mel_80.npy", SimpleFileOptions::default())
        .unwrap();
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (80, 201), }\n";
    zip.write_all(b"\x93NUMPY\x01\x00").unwrap();
    zip.write_all(&(header.len() as u16).to_le_bytes()).unwrap();
    zip.write_all(header.as_bytes()).unwrap();
    zip.write_all(&vec![0; 80 * 201 * 4]).unwrap();
    zip.finish().unwrap().into_inner()
}

fn tiktoken() -> String {
    (0..50_256).fold(String::new(), |mut text, rank| {
        writeln!(text, "IQ== {rank}").unwrap();
        text
    })
}

/// As `torch.save` writes `{"dims": …, "model_state_dict": …}`.
fn pickle() -> Vec<u8> {
    let mut bytes = b"\x80\x02}(".to_vec();
    text(&mut bytes, "dims");
    bytes.extend(b"}(");
    for (name, value) in [
        ("n_mels", SMALL.mels),
        ("n_vocab", SMALL.vocab),
        ("n_audio_ctx", SMALL.audio_ctx),
        ("n_audio_state", SMALL.audio_state),
        ("n_audio_head", SMALL.audio_head),
        ("n_audio_layer", SMALL.audio_layer),
        ("n_text_ctx", SMALL.text_ctx),
        ("n_text_state", SMALL.text_state),
        ("n_text_head", SMALL.text_head),
        ("n_text_layer", SMALL.text_layer),
    ] {
        text(&mut bytes, name);
        number(&mut bytes, value);
    }
    bytes.push(b'u');
    text(&mut bytes, "model_state_dict");
    bytes.extend(b"}(");
    for (key, (name, shape)) in tensors().iter().enumerate() {
        text(&mut bytes, name);
        bytes.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
        text(&mut bytes, "storage");
        bytes.extend(b"ctorch\nHalfStorage\n");
        text(&mut bytes, &key.to_string());
        text(&mut bytes, "cpu");
        number(&mut bytes, count(shape));
        bytes.extend(b"tQ");
        number(&mut bytes, 0);
        bytes.push(b'(');
        shape.iter().for_each(|side| number(&mut bytes, *side));
        bytes.extend(b"t(");
        for axis in 0..shape.len() {
            number(&mut bytes, count(&shape[axis + 1..]));
        }
        bytes.extend(b"t\x89ccollections\nOrderedDict\n)RtR");
    }
    bytes.extend(b"uu.");
    bytes
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    bytes.push(b'X');
    bytes.extend((text.len() as u32).to_le_bytes());
    bytes.extend(text.as_bytes());
}

fn number(bytes: &mut Vec<u8>, number: usize) {
    bytes.push(b'J');
    bytes.extend((number as u32).to_le_bytes());
}

fn pt(pickle: &[u8]) -> Vec<u8> {
    let mut zip = ZipWriter::new(io::Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    zip.start_file("archive/data.pkl", stored).unwrap();
    zip.write_all(pickle).unwrap();
    for (key, (_, shape)) in tensors().iter().enumerate() {
        zip.start_file(format!("archive/data/{key}"), stored)
            .unwrap();
        zip.write_all(&vec![0; 2 * count(shape)]).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// CTranslate2's own names, int8 with a scale for each row where it quantises.
fn ct2() -> (Vec<u8>, usize) {
    let side = SMALL.text_state;
    let mut variables: Vec<(String, Vec<usize>)> = Vec::new();
    for (part, attentions) in [
        ("encoder", &["self_attention"][..]),
        ("decoder", &["self_attention", "attention"]),
    ] {
        let mut push = |name: &str, shape: &[usize]| {
            variables.push((format!("{part}/{name}"), shape.to_vec()));
        };
        push("position_encodings/encodings", &[2, side]);
        push("layer_norm/gamma", &[side]);
        push("layer_norm/beta", &[side]);
        if part == "encoder" {
            for (name, from) in [("conv1", SMALL.mels), ("conv2", side)] {
                push(&format!("{name}/weight"), &[side, from, 3]);
                push(&format!("{name}/bias"), &[side]);
            }
        }
        let mut linear = |name: String, to: usize, from: usize| {
            push(&format!("{name}/weight"), &[to, from]);
            push(&format!("{name}/weight_scale"), &[to]);
            push(&format!("{name}/bias"), &[to]);
        };
        for attention in attentions {
            let runs: &[usize] = if *attention == "attention" {
                &[1, 2, 1]
            } else {
                &[3, 1]
            };
            for (index, run) in runs.iter().enumerate() {
                linear(
                    format!("layer_0/{attention}/linear_{index}"),
                    run * side,
                    side,
                );
            }
        }
        linear("layer_0/ffn/linear_0".to_owned(), 4 * side, side);
        linear("layer_0/ffn/linear_1".to_owned(), side, 4 * side);
        for inside in attentions.iter().chain(&["ffn"]) {
            push(&format!("layer_0/{inside}/layer_norm/gamma"), &[side]);
            push(&format!("layer_0/{inside}/layer_norm/beta"), &[side]);
        }
    }
    variables.push((
        "decoder/embeddings/weight_scale".to_owned(),
        vec![SMALL.vocab],
    ));
    let telling = variables
        .iter()
        .map(|(name, shape)| name.len() + 20 + 4 * count(shape))
        .sum();
    variables.push((
        "decoder/embeddings/weight".to_owned(),
        vec![SMALL.vocab, side],
    ));
    (ct2_file(&variables), telling)
}

fn ct2_file(variables: &[(String, Vec<usize>)]) -> Vec<u8> {
    let scaled = |name: &str| {
        variables
            .iter()
            .any(|(other, _)| *other == format!("{name}_scale"))
    };
    let named = |bytes: &mut Vec<u8>, name: &str| {
        bytes.extend((name.len() as u16 + 1).to_le_bytes());
        bytes.extend(name.as_bytes());
        bytes.push(0);
    };
    let mut bytes = 6_u32.to_le_bytes().to_vec();
    named(&mut bytes, "WhisperSpec");
    bytes.extend(3_u32.to_le_bytes());
    bytes.extend((variables.len() as u32).to_le_bytes());
    for (name, shape) in variables {
        named(&mut bytes, name);
        bytes.push(shape.len() as u8);
        shape
            .iter()
            .for_each(|side| bytes.extend((*side as u32).to_le_bytes()));
        let (kind, number) = match name {
            name if name.ends_with("_scale") => (0, 1_f32.to_le_bytes().to_vec()),
            name if scaled(name) => (1, vec![1]),
            _ => (4, vec![0, 0x3c]),
        };
        bytes.push(kind);
        bytes.extend(((count(shape) * number.len()) as u32).to_le_bytes());
        bytes.extend(number.repeat(count(shape)));
    }
    bytes.extend(0_u32.to_le_bytes());
    bytes
}

fn safetensors() -> (Vec<u8>, usize) {
    let mut header = serde_json::Map::new();
    let mut end = 0;
    for (name, shape) in tensors() {
        let size = 2 * count(&shape);
        let entry =
            serde_json::json!({"dtype": "F16", "shape": shape, "data_offsets": [end, end + size]});
        header.insert(hugging_face_name(&name), entry);
        end += size;
    }
    let header = serde_json::to_vec(&header).unwrap();
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(&header);
    bytes.resize(bytes.len() + end, 0);
    (bytes, header.len() + 8)
}

fn hugging_face_name(ours: &str) -> String {
    let pairs = [
        (".blocks.", ".layers."),
        ("cross_attn_ln", "encoder_attn_layer_norm"),
        (".attn_ln", ".self_attn_layer_norm"),
        ("cross_attn.", "encoder_attn."),
        (".attn.", ".self_attn."),
        (".out.", ".out_proj."),
        (".query.", ".q_proj."),
        (".key.", ".k_proj."),
        (".value.", ".v_proj."),
        ("mlp_ln", "final_layer_norm"),
        ("mlp.0", "fc1"),
        ("mlp.2", "fc2"),
        ("ln_post", "layer_norm"),
        ("decoder.ln.", "decoder.layer_norm."),
        ("positional_embedding", "embed_positions.weight"),
        ("token_embedding", "embed_tokens"),
    ];
    let name = pairs
        .iter()
        .fold(ours.to_owned(), |name, (from, to)| name.replace(from, to));
    format!("model.{name}")
}

/// Reads weights and, where that succeeds, converts them: what is accepted must also be readable.
fn converts(bytes: &Vec<u8>) -> bool {
    let Ok(weights) = read_weights(bytes) else {
        return false;
    };
    let mel = read_mel_filters(&npz(), 80).unwrap();
    let vocabulary = read_vocabulary(tiktoken().as_bytes()).unwrap();
    // A model of other dimensions than the filters or tokens is refused here, not there.
    write_ggml(
        bytes,
        &weights,
        &mel,
        &vocabulary,
        Precision::Q8_0,
        &mut io::sink(),
    )
    .is_ok()
}

#[test]
fn broken_pickles_are_answered() {
    let sound = pickle();
    // Packed anew each time: with a wrong checksum none would reach the pickle reader.
    fuzz("pickle", &sound, sound.len(), |bytes| {
        read_pt(&pt(bytes)).is_ok()
    });
}

#[test]
fn broken_checkpoints_are_answered() {
    let sound = pt(&pickle());
    // The directory of a zip file is at its end: it is brought to the front for the breaker.
    let directory = sound.len() - 20_000;
    let mut turned = sound[directory..].to_vec();
    turned.extend(&sound[..directory]);
    fuzz("checkpoint", &turned, 20_000, |bytes| {
        let border = 20_000.min(bytes.len());
        let mut straight = bytes[border..].to_vec();
        straight.extend(&bytes[..border]);
        converts(&straight)
    });
}

#[test]
fn broken_ctranslate2_files_are_answered() {
    let (sound, telling) = ct2();
    assert!(read_ct2(&sound).is_ok());
    fuzz("CTranslate2", &sound, telling, converts);
}

#[test]
fn broken_safetensors_are_answered() {
    let (sound, telling) = safetensors();
    assert!(read_safetensors(&sound).is_ok());
    fuzz("safetensors", &sound, telling, converts);
}

#[test]
fn broken_ggml_files_are_answered() {
    let source = pt(&pickle());
    let weights = read_weights(&source).unwrap();
    let mel = read_mel_filters(&npz(), 80).unwrap();
    let vocabulary = read_vocabulary(tiktoken().as_bytes()).unwrap();
    let mut sound = Vec::new();
    write_ggml(
        &source,
        &weights,
        &mel,
        &vocabulary,
        Precision::F16,
        &mut sound,
    )
    .unwrap();
    fuzz("ggml", &sound, sound.len(), |bytes| {
        check_ggml(bytes).is_ok()
    });
    fuzz("ggml header", &sound, 60, |bytes| check_ggml(bytes).is_ok());
}

#[test]
fn broken_assets_are_answered() {
    let sound = npz();
    fuzz("mel filters", &sound, sound.len(), |bytes| {
        read_mel_filters(bytes, 80).is_ok()
    });
    let sound = tiktoken();
    fuzz("vocabulary", sound.as_bytes(), 4096, |bytes| {
        read_vocabulary(bytes).is_ok()
    });
}
