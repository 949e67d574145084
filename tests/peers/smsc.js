// A service centre that shares no code with the box: npm `smpp`. Told what to do, and telling what
// happens, in lines of JSON.
//
//   NODE_PATH=…/node_modules node smsc.js [PORT]
//
// In:   {"mo":{"id":1,"from":"250788000001","text":"hello"}}   a learner writes; brought again until
//                                                             it is acknowledged
//       {"parts":{"id":2,"from":…,"text":…,"ref":7,"order":[2,1,1]}}   the same, in parts
//       {"raw":"00000010…"}            octets as they are
//       {"mode":"normal|throttle|mute"}  every third submission throttled; nothing answered
//       {"receipts":"tlv|hex|dec|none"}  how receipts name a message
//       {"drop":true}                  the connection is cut
// Out:  {"listening":PORT} {"bound":"id"} {"closed":true} {"acked":1,"status":0}
//       {"sent":{"to":…,"text":…,"parts":1,"dcs":0,"esm":0,"id":"m1"}} {"receipt":"m1","status":0}
'use strict';
const smpp = require('smpp');
const readline = require('readline');

const tell = (what) => process.stdout.write(JSON.stringify(what) + '\n');
let session = null;
let mode = 'normal';
let receipts = 'tlv';
let submitted = 0;
let next = 0x10f0;
const waiting = []; // Deliveries not acknowledged, in order.
const joining = new Map();

function bring() {
  if (!session) return;
  for (const delivery of waiting) {
    if (delivery.on === session) continue;
    const on = (delivery.on = session);
    on.deliver_sm(delivery.pdu, (answer) => {
      tell({ acked: delivery.id, status: answer.command_status });
      if (answer.command_status === 0) waiting.splice(waiting.indexOf(delivery), 1);
      else delivery.on = null;
    });
  }
}

function whole(pdu) {
  const message = pdu.short_message;
  const text = message.message;
  const udh = message.udh && message.udh[0];
  if (!udh) return { text, parts: 1 };
  const [total, number] = [udh[udh.length - 2], udh[udh.length - 1]];
  const key = pdu.destination_addr + udh.subarray(0, udh.length - 1).toString('hex');
  const parts = joining.get(key) || [];
  parts[number - 1] = text;
  joining.set(key, parts);
  if (parts.filter((part) => part !== undefined).length < total) return null;
  joining.delete(key);
  return { text: parts.join(''), parts: total };
}

function receipt(on, pdu, value) {
  if (!(pdu.registered_delivery & 1) || receipts === 'none') return;
  const named = { tlv: 'm' + value, hex: value.toString(16).padStart(10, '0'), dec: String(value).padStart(10, '0') }[receipts];
  const text = `id:${named} sub:001 dlvrd:001 submit date:2611201030 done date:2611201031 stat:DELIVRD err:000 text:`;
  const body = { source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, esm_class: 4, short_message: text };
  if (receipts === 'tlv') Object.assign(body, { receipted_message_id: named, message_state: 2 });
  on.deliver_sm(body, (answer) => tell({ receipt: named, status: answer.command_status }));
}

const server = smpp.createServer({ debug: false }, (on) => {
  on.on('error', (error) => tell({ error: error.message }));
  on.on('close', () => {
    if (session === on) session = null;
    tell({ closed: true });
  });
  on.on('bind_transceiver', (pdu) => {
    const right = pdu.password === 'secret';
    on.send(pdu.response(right ? { system_id: 'SMSC' } : { command_status: smpp.ESME_RINVPASWD }));
    if (!right) return tell({ refused: pdu.system_id });
    session = on;
    tell({ bound: pdu.system_id, version: pdu.interface_version });
    bring();
  });
  on.on('enquire_link', (pdu) => mode !== 'mute' && on.send(pdu.response()));
  on.on('unbind', (pdu) => {
    on.send(pdu.response());
    on.close();
  });
  on.on('submit_sm', (pdu) => {
    submitted += 1;
    if (mode === 'mute') return;
    if (mode === 'throttle' && submitted % 3 === 0) {
      tell({ throttled: true });
      return on.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }));
    }
    next += 1;
    // With receipts in decimal the answer is in hexadecimal, as some centres do.
    const id = receipts === 'dec' ? next.toString(16).toUpperCase() : receipts === 'hex' ? String(next) : 'm' + next;
    on.send(pdu.response({ message_id: id }));
    const joined = whole(pdu);
    if (joined) {
      const { text, parts } = joined;
      tell({ sent: { to: pdu.destination_addr, from: pdu.source_addr, text, parts, dcs: pdu.data_coding, esm: pdu.esm_class, id } });
    }
    receipt(on, pdu, next);
  });
});

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const told = JSON.parse(line);
  const address = (from) => ({ source_addr_ton: 1, source_addr_npi: 1, source_addr: from, destination_addr: '8585' });
  if (told.mo) {
    const { id, from, text } = told.mo;
    waiting.push({ id, pdu: { ...address(from), short_message: text } });
  }
  if (told.parts) {
    const { id, from, text, ref, order } = told.parts;
    const total = Math.ceil(text.length / 150);
    for (const number of order) {
      const udh = Buffer.from([5, 0, 3, ref, total, number]);
      const message = text.slice(150 * (number - 1), 150 * number);
      waiting.push({ id, pdu: { ...address(from), esm_class: 0x40, short_message: { udh, message } } });
    }
  }
  if (told.raw && session) session.socket.write(Buffer.from(told.raw, 'hex'));
  if (told.mode) mode = told.mode;
  if (told.receipts) receipts = told.receipts;
  if (told.drop && session) session.destroy();
  bring();
}).on('close', () => process.exit(0));

server.listen(Number(process.argv[2] || 0), '127.0.0.1', () => tell({ listening: server.address().port }));
