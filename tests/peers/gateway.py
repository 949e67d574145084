#!/usr/bin/env python3
"""An independent GSM gateway that the box calls out through: a SIP UAS with G.711 RTP in plain Python.

usage: gateway.py OUT_DIR [--refuse +250788000003] [--seconds 8]

Prints `port N`, then a line for each call of the box: `invited NUMBER`, then `refused NUMBER` or, after
the telephone was answered, listened for so long and hung up, `taught NUMBER`. OUT_DIR/NUMBER.wav is what
it heard.
"""
import argparse, asyncio, audioop, random, re, struct, time, wave


class Audio(asyncio.DatagramProtocol):
    def __init__(self): self.heard = bytearray()
    def connection_made(self, transport): self.transport = transport
    def datagram_received(self, data, _):
        if len(data) > 12 and data[1] & 127 == 0: self.heard += audioop.ulaw2lin(data[12:], 2)


class Gateway(asyncio.DatagramProtocol):
    def __init__(self, args): self.args, self.calls = args, set()
    def connection_made(self, transport): self.transport = transport

    def datagram_received(self, data, source):
        request = data.decode('utf8', 'replace'); method = request.split(' ')[0]
        name = re.search(r'^call-id:\s*(\S+)', request, re.M | re.I)
        if method == 'INVITE' and name[1] not in self.calls:
            self.calls.add(name[1]); asyncio.create_task(self.take(request, source))
        elif method in ('BYE', 'CANCEL', 'OPTIONS'): self.answer(request, source, '200 OK')

    def answer(self, request, source, status, more='', body=''):
        kept = [l for l in request.split('\r\n') if re.match(r'(via|from|to|call-id|cseq):', l, re.I)]
        kept = [l + ';tag=gw' if re.match(r'to:', l, re.I) and 'tag=' not in l else l for l in kept]
        self.transport.sendto(f'SIP/2.0 {status}\r\n'.encode() + '\r\n'.join(kept).encode()
                              + f'\r\n{more}Content-Length: {len(body)}\r\n\r\n{body}'.encode(), source)

    async def take(self, invite, source):
        number = re.search(r'sip:(\+?\d+)@', invite)[1]
        print('invited', number, flush=True); self.answer(invite, source, '180 Ringing')
        await asyncio.sleep(.2)
        if number in self.args.refuse:
            self.answer(invite, source, '480 Temporarily Unavailable'); print('refused', number, flush=True); return
        loop = asyncio.get_running_loop()
        rtp, audio = await loop.create_datagram_endpoint(lambda: Audio(), local_addr=('127.0.0.1', 0))
        ip, media = rtp.get_extra_info('sockname'); own = self.transport.get_extra_info('sockname')
        sdp = f'v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {media} RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n'
        self.answer(invite, source, '200 OK', f'Contact: <sip:gw@{own[0]}:{own[1]}>\r\nContent-Type: application/sdp\r\n', sdp)
        far = (re.search(r'c=IN IP4 (\S+)', invite)[1], int(re.search(r'm=audio (\d+)', invite)[1]))
        due = time.monotonic(); end = due + self.args.seconds; n = 0
        while time.monotonic() < end:
            rtp.sendto(struct.pack('!BBHII', 0x80, 0, n & 65535, n * 160, 7) + b'\xff' * 160, far); n += 1
            due += .02; await asyncio.sleep(max(0, due - time.monotonic()))
        with wave.open(f'{self.args.out}/{number.lstrip("+")}.wav', 'wb') as w:
            w.setparams((1, 2, 8000, 0, 'NONE', '')); w.writeframes(bytes(audio.heard))
        value = lambda h: re.search(rf'^{h}:\s*(.*?)\r?$', invite, re.M | re.I)[1]
        target = value('Contact').split('<')[-1].split('>')[0]
        self.transport.sendto((f'BYE {target} SIP/2.0\r\nVia: SIP/2.0/UDP {own[0]}:{own[1]};branch=z9hG4bK{random.getrandbits(64):x}\r\n'
            f'Max-Forwards: 70\r\nFrom: {value("To")};tag=gw\r\nTo: {value("From")}\r\nCall-ID: {value("Call-ID")}\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n').encode(), source)
        rtp.close(); print('taught', number, flush=True)


async def main():
    p = argparse.ArgumentParser(); p.add_argument('out'); p.add_argument('--refuse', action='append', default=[])
    p.add_argument('--seconds', type=float, default=8); args = p.parse_args()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: Gateway(args), local_addr=('127.0.0.1', 0))
    print('port', transport.get_extra_info('sockname')[1], flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
