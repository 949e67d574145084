#!/usr/bin/env python3
"""A learner who writes: through a service centre that shares no code with the box.

    texter.py BOX CONFIG TEXT...

Starts the centre (smsc.js beside this file; NODE_PATH says where its library is), then the program
BOX with the file CONFIG, in which @PORT@ stands for the centre's port. Sends each TEXT, waits for
its answer, prints both. A TEXT that is `--again` stops the box and starts it anew. Fails if an answer
does not come, is not one part, or needs more than the GSM alphabet.
"""

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading

WAIT_S = 90
LEARNER = "250788000001"


class Centre:
    def __init__(self):
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "smsc.js")
        self.process = subprocess.Popen(["node", script], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.told = queue.Queue()
        self.kept = []
        threading.Thread(target=self.listen, daemon=True).start()
        self.port = self.wait("listening")["listening"]

    def listen(self):
        for line in self.process.stdout:
            self.told.put(json.loads(line))

    def wait(self, key):
        for told in self.kept:
            if key in told:
                self.kept.remove(told)
                return told
        while True:
            try:
                told = self.told.get(timeout=WAIT_S)
            except queue.Empty:
                sys.exit(f"the service centre waited {WAIT_S} s for `{key}`")
            if key in told:
                return told
            if "sent" in told or "acked" in told:
                self.kept.append(told)

    def ask(self, number, text):
        mo = {"id": number, "from": LEARNER, "text": text}
        print(json.dumps({"mo": mo}), file=self.process.stdin, flush=True)
        self.wait("acked")
        texts = [self.plain(self.wait("sent")["sent"])]
        # A welcome and a long question do not fit in one part.
        while not texts[-1].endswith("?") and "start." in texts[-1]:
            texts.append(self.plain(self.wait("sent")["sent"]))
        return "\n         ".join(texts)

    def plain(self, sent):
        if sent["to"] != LEARNER or sent["parts"] != 1 or sent["dcs"] != 0:
            sys.exit(f"not one plain part to the learner: {sent}")
        return sent["text"]


def start(box, config):
    process = subprocess.Popen([box, "run", "--config", config], stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        if line.startswith("ready"):
            threading.Thread(target=process.stdout.read, daemon=True).start()
            return process
    sys.exit("the box did not start")


def stop(process):
    process.terminate()
    if process.wait(timeout=WAIT_S) != 0:
        sys.exit("the box did not stop well")


def main():
    box, template, *texts = sys.argv[1:]
    centre = Centre()
    with open(template) as file:
        config = file.read().replace("@PORT@", str(centre.port))
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(config)
        file.flush()
        process = start(box, file.name)
        try:
            centre.wait("bound")
            for number, text in enumerate(texts):
                if text == "--again":
                    stop(process)
                    print("-- the box is stopped, and started again --")
                    process = start(box, file.name)
                    centre.wait("bound")
                    continue
                print(f"Learner: {text}")
                print(f"Tutor:   {centre.ask(number, text)}", flush=True)
            stop(process)
        finally:
            process.kill()
            centre.process.kill()


if __name__ == "__main__":
    main()
