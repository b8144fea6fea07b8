import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { whyNoLab } from '../support/netlab/compile.ts';
import { insideNamespace, Namespaces } from '../support/netlab/namespaces.ts';

const RULES = /^```\n(table inet televisit \{.*?^\})\n```$/ms;

/** Opens TCP connections to a listener from two addresses of one machine, and prints how many of each stay open. */
const PROBE = `
const net = require('node:net');
const connect = (port, localAddress) => new Promise((resolve) => {
  const socket = net.connect({ host: '127.0.0.1', port, localAddress });
  socket.once('connect', () => resolve(socket)).once('error', () => resolve(null));
});
const listen = (port) => new Promise((resolve) => net.createServer(() => undefined).listen(port, '127.0.0.1', resolve));
(async () => {
  await Promise.all([listen(40000), listen(3000)]);
  const open = async (port, address, count) => {
    let opened = 0;
    for (let index = 0; index < count; index++) if (await connect(port, address)) opened++;
    return opened;
  };
  const media = await open(40000, '127.0.0.1', 130);
  const other = await open(40000, '127.0.0.2', 10);
  const api = await open(3000, '127.0.0.1', 130);
  console.log(JSON.stringify({ media, other, api }));
  process.exit(0);
})();`;

const isHere = whyNoLab() === null && spawnSync('nft', ['--version']).status === 0;

it.skipIf(!isHere)(
  'the nftables rules of docs/OPERATIONS.md limit TCP connections to the media port for each address',
  () => {
    const [, rules = ''] = RULES.exec(readFileSync('docs/OPERATIONS.md', 'utf8')) ?? [];
    const lab = new Namespaces();
    onTestFinished(() => lab.close());
    const name = `firewall-${process.pid}`;
    lab.add(name);
    const run = (command: string, args: string[], input = '') =>
      execFileSync(...insideNamespace(name, command, args), { input, encoding: 'utf8' });
    run('nft', ['-f', '-'], rules);
    const opened = JSON.parse(run(process.execPath, ['-e', PROBE])) as Record<string, number>;
    expect(opened).toEqual({ media: 100, other: 10, api: 130 });
  },
);
