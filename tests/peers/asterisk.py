#!/usr/bin/env python3
"""An independent Asterisk: announces a call, connects by AudioSocket, cuts its frames anywhere.

usage: asterisk.py STATUS_HOST:PORT AUDIOSOCKET_HOST:PORT OUT.wav --from NUMBER --keys 1,1 [--unannounced]

Presses each key when the tutor has spoken and been silent for --gap seconds; hangs up after the last.
Prints `refused` if the box closes at once. What was heard is in OUT.wav.
"""
import argparse, asyncio, audioop, json, random, struct, time, urllib.request, uuid, wave


async def main():
    p = argparse.ArgumentParser(); p.add_argument('status'); p.add_argument('box'); p.add_argument('out')
    p.add_argument('--from', dest='frm', default=''); p.add_argument('--keys', default='1'); p.add_argument('--gap', type=float, default=3.2)
    p.add_argument('--unannounced', action='store_true'); args = p.parse_args()
    name = uuid.uuid4()
    if not args.unannounced:
        body = json.dumps({'uuid': str(name), 'from': args.frm}).encode()
        assert urllib.request.urlopen(f'http://{args.status}/audiosocket/calls', body).status == 204
    host, port = args.box.split(':'); reader, writer = await asyncio.open_connection(host, int(port))
    heard, state, draw = bytearray(), {'loud': 0., 'over': False}, random.Random(5)

    async def hear():
        try:
            while True:
                kind, size = struct.unpack('!BH', await reader.readexactly(3)); body = await reader.readexactly(size)
                if kind == 0: break
                if kind == 0x10:
                    heard.extend(body)
                    if audioop.rms(body, 2) > 150: state['loud'] = time.monotonic()
        except (asyncio.IncompleteReadError, ConnectionError): pass
        state['over'] = True

    async def send(frame):
        # As TCP may cut it: in one to four pieces, anywhere.
        while frame:
            n = draw.randint(1, max(1, len(frame) // draw.randint(1, 4)))
            writer.write(frame[:n]); await writer.drain(); frame = frame[n:]
            if frame and draw.random() < .3: await asyncio.sleep(.001)

    ears = asyncio.create_task(hear()); await send(struct.pack('!BH', 1, 16) + name.bytes)
    keys, due, began, mark, end = args.keys.split(','), time.monotonic(), time.monotonic(), 0., None
    while not state['over'] and (end is None or time.monotonic() < end):
        try: await send(struct.pack('!BH', 0x10, 320) + bytes(320))
        except ConnectionError: break
        now = time.monotonic()
        if end is None and state['loud'] > mark and now - state['loud'] > args.gap:
            mark = now
            if keys: await send(struct.pack('!BHc', 3, 1, keys.pop(0).encode()))
            else: end = now
        due += .02; await asyncio.sleep(max(0, due - time.monotonic()))
    if not heard and time.monotonic() - began < 5: print('refused')
    if not state['over']: await send(struct.pack('!BH', 0, 0))
    ears.cancel(); writer.close()
    with wave.open(args.out, 'wb') as w: w.setparams((1, 2, 8000, 0, 'NONE', '')); w.writeframes(bytes(heard))

asyncio.run(main())
