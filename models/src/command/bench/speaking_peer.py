"""The same work by piper-tts and onnxruntime, on one thread. A job in on standard input, figures
out on standard output, sentences as WAV files in the job's folder."""

import json
import os
import sys
import time
import wave

import numpy
import onnxruntime
from piper import PiperVoice
from piper.config import SynthesisConfig
from tokenizers import Tokenizer

job = json.load(sys.stdin)
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
options.inter_op_num_threads = 1


def session(path):
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


voice = PiperVoice.load(job["voice"])
voice.session = session(job["voice"])
steady = SynthesisConfig(noise_scale=0.0, noise_w_scale=0.0)
list(voice.synthesize("Warm up, please.", steady))

rounds = []
for _ in range(job["rounds"]):
    started = time.process_time()
    spoken = [[c.audio_int16_array for c in voice.synthesize(t, steady)] for t in job["texts"]]
    rounds.append(time.process_time() - started)

for t, sentences in enumerate(spoken):
    for s, samples in enumerate(sentences):
        with wave.open(os.path.join(job["folder"], f"{t}-{s}.wav"), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(voice.config.sample_rate)
            out.writeframes(samples.tobytes())

tokenizer = Tokenizer.from_file(job["tokenizer"])
tokenizer.no_padding()
minilm = session(job["minilm"])


def encode(text):
    ids = numpy.array([tokenizer.encode(text).ids], dtype=numpy.int64)
    inputs = {
        "input_ids": ids,
        "attention_mask": numpy.ones_like(ids),
        "token_type_ids": numpy.zeros_like(ids),
    }
    mean = minilm.run(None, inputs)[0][0].mean(axis=0)
    return mean / numpy.linalg.norm(mean)


encode("Warm up, please.")
started = time.process_time()
vectors = [encode(s) for s in job["sentences"]]
elapsed = time.process_time() - started

json.dump(
    {
        "speaking_cpu_s": sorted(rounds)[len(rounds) // 2],
        "sentences": [len(s) for s in spoken],
        "vectors_per_s": len(vectors) / elapsed,
        "vectors": [v.tolist() for v in vectors],
    },
    sys.stdout,
)
