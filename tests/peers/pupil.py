#!/usr/bin/env python3
"""Independent learners who answer by keys as fast as the box speaks: SIP and G.711 RTP in plain Python.

usage: pupil.py SIP_HOST:PORT --calls 4 --seed 1 --from +2507880001 --out DIR

Each call presses a drawn digit soon after the tutor begins to speak, and `#` if that was not enough.
Line by line on standard output, K being the call:
  K ready            wants to press; waits for the line `K` on standard input
  K pressed SECONDS KEY   a key has been sent (seconds of the epoch)
  K reply SECONDS DELAY   after a silence the tutor speaks again, so long after the last key; 99 if this
                     program was held up meanwhile, so that what it heard may be older than the key
  K over             the call has ended
DIR/first-K.wav is what was heard before the first key, if --listen says that all of it is wanted.
"""
import argparse, asyncio, audioop, os, random, re, struct, sys, time, wave

SILENCE, LOUD, FRAME = b'\xff' * 160, 150, .02


class Audio(asyncio.DatagramProtocol):
    def __init__(self): self.heard, self.loud, self.still, self.transport = bytearray(), 0., 0, None
    def connection_made(self, transport): self.transport = transport
    def datagram_received(self, data, _):
        if len(data) > 12 and data[1] & 127 == 0:
            pcm = audioop.ulaw2lin(data[12:], 2); self.heard += pcm
            if audioop.rms(pcm, 2) > LOUD: self.loud, self.still = time.time(), 0
            else: self.still += 1


class Signals(asyncio.DatagramProtocol):
    def __init__(self): self.came, self.transport = asyncio.Queue(), None
    def connection_made(self, transport): self.transport = transport
    def datagram_received(self, data, _): self.came.put_nowait(data.decode('utf8', 'replace'))


def say(*words):
    print(*words, flush=True)


class Call:
    def __init__(self, k, args, go):
        self.k, self.args, self.go, self.over = k, args, go, False
        self.random, self.held_up = random.Random(args.seed * 1000 + k), 0.
        self.number = f'{args.frm}{k:02d}'

    async def open(self, host, port):
        loop = asyncio.get_running_loop()
        sip, self.signals = await loop.create_datagram_endpoint(Signals, local_addr=('127.0.0.1', 0), remote_addr=(host, port))
        rtp, self.audio = await loop.create_datagram_endpoint(Audio, local_addr=('127.0.0.1', 0))
        self.sip, self.rtp, (ip, own) = sip, rtp, sip.get_extra_info('sockname')
        media, tag, name = rtp.get_extra_info('sockname')[1], f'{random.getrandbits(32):x}', f'{random.getrandbits(64):x}'
        uri = f'sip:learn@{host}:{port}'
        sdp = f'v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {media} RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n'
        def message(method, to='', body='', target=uri):
            kind = 'Content-Type: application/sdp\r\n' if body else ''
            return (f'{method} {target} SIP/2.0\r\nVia: SIP/2.0/UDP {ip}:{own};rport;branch=z9hG4bK{random.getrandbits(64):x}\r\nMax-Forwards: 70\r\n'
                    f'From: <sip:{self.number}@{ip}:{own}>;tag={tag}\r\nTo: <{uri}>{to}\r\nCall-ID: {name}\r\nCSeq: 1 {method}\r\n'
                    f'Contact: <sip:{self.number}@{ip}:{own}>\r\n{kind}Content-Length: {len(body)}\r\n\r\n{body}').encode()
        sip.sendto(message('INVITE', body=sdp)); code = 0
        while code < 200:
            answer = await asyncio.wait_for(self.signals.came.get(), 20)
            code = int(answer.split()[1]) if answer.startswith('SIP/2.0') else 0
        header = lambda h: (re.search(rf'^{h}:\s*(.*?)\r?$', answer, re.M | re.I) or [0, ''])[1]
        to = (re.search(r';tag=[^;\s>]+', header('To')) or [''])[0]
        target = (re.search(r'<([^>]+)>', header('Contact')) or [0, uri])[1]
        sip.sendto(message('ACK', to, target=target))
        if code >= 300: raise ConnectionError(f'refused: {code}')
        self.far = ((re.search(r'c=IN IP4 (\S+)', answer))[1], int(re.search(r'm=audio (\d+)', answer)[1]))
        self.seq, self.stamp, self.ssrc, self.key = random.getrandbits(15), random.getrandbits(30), random.getrandbits(32), None

    def packet(self, kind, body):
        self.rtp.sendto(struct.pack('!BBHII', 0x80, kind, self.seq & 65535, self.stamp & 0xffffffff, self.ssrc) + body, self.far)
        self.seq += 1

    async def speak(self):
        due = time.monotonic()
        while not self.over:
            if self.key is None:
                self.packet(0, SILENCE); self.stamp += 160; due += FRAME
            else:
                key, sent = self.key
                for n, length in enumerate((160, 320, 480, 640, 640, 640)):
                    end = 0x80 if n > 2 else 0
                    self.packet(101 | (0x80 if n == 0 else 0), struct.pack('!BBH', '0123456789*#'.index(key), end | 10, length))
                    if n == 0: sent.set_result(time.time())
                    due += FRAME; await asyncio.sleep(max(0, due - time.monotonic()))
                self.stamp += 960; self.key = None
            await asyncio.sleep(max(0, due - time.monotonic())); self.held_up = max(self.held_up, time.monotonic() - due)

    async def watch(self):
        while not self.over:
            request = await self.signals.came.get()
            if request.startswith(('BYE', 'OPTIONS', 'INVITE', 'UPDATE')):
                kept = '\r\n'.join(l for l in request.split('\r\n') if re.match(r'(via|from|to|call-id|cseq):', l, re.I))
                self.sip.sendto(f'SIP/2.0 200 OK\r\n{kept}\r\nContent-Length: 0\r\n\r\n'.encode())
                self.over = self.over or request.startswith('BYE')

    async def until(self, what, most):
        end = time.time() + most
        while not self.over and time.time() < end:
            if what(): return True
            await asyncio.sleep(.005)
        return False

    async def press(self, key):
        sent = asyncio.get_running_loop().create_future(); self.key, self.held_up = (key, sent), 0.
        at = await sent; self.audio.still = 0; say(self.k, 'pressed', f'{at:.3f}', key); return at

    async def turn(self):
        if not await self.until(lambda: self.audio.loud > self.mark, 20): return
        await asyncio.sleep(self.random.uniform(.05, self.args.patience))
        say(self.k, 'ready'); await self.go[self.k].get()
        at = await self.press(self.random.choice('12312312456789'))
        # The key has stopped the prompt: what sounds after 100 ms of silence is the next.
        quiet = lambda: self.audio.still >= 5
        await self.until(quiet, 3); silent = time.time()
        if not await self.until(lambda: self.audio.loud > silent, .3):
            await asyncio.sleep(self.random.uniform(0, .3)); at = await self.press('#')
            await self.until(quiet, 3); silent = time.time()
        if await self.until(lambda: self.audio.loud > silent, 8):
            delay = 99 if self.held_up > .08 else self.audio.loud - at
            say(self.k, 'reply', f'{self.audio.loud:.3f}', f'{delay:.3f}')
        self.mark = silent

    async def run(self, host, port):
        try:
            await self.open(host, port); self.mark = time.time()
            tasks = [asyncio.create_task(self.speak()), asyncio.create_task(self.watch())]
            if self.args.listen:
                await self.until(lambda: self.audio.loud > self.mark, 20)
                await self.until(lambda: time.time() - self.audio.loud > 2.5, 40)
                self.mark = 0
            with wave.open(f'{self.args.out}/first-{self.k}.wav', 'wb') as w:
                w.setparams((1, 2, 8000, 0, 'NONE', '')); w.writeframes(bytes(self.audio.heard))
            while not self.over: await self.turn()
        except (OSError, asyncio.TimeoutError) as error: print(self.k, repr(error), file=sys.stderr)
        self.over = True; say(self.k, 'over')


async def main():
    p = argparse.ArgumentParser(); p.add_argument('address'); p.add_argument('--calls', type=int, default=4)
    p.add_argument('--seed', type=int, default=1); p.add_argument('--from', dest='frm', default='+2507880001')
    p.add_argument('--out', default='.'); p.add_argument('--patience', type=float, default=.8); p.add_argument('--listen', action='store_true')
    args = p.parse_args(); os.makedirs(args.out, exist_ok=True); host, port = args.address.split(':')
    go = [asyncio.Queue() for _ in range(args.calls)]
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async def permit():
        while line := await reader.readline(): go[int(line)].put_nowait(True)
        os._exit(0)
    asyncio.create_task(permit())
    await asyncio.gather(*[Call(k, args, go).run(host, int(port)) for k in range(args.calls)])

asyncio.run(main())
