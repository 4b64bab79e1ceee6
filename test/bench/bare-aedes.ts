/** The peer of test/bench/intake.ts: aedes as it comes, on node:net, keeping nothing. Prints its port. */
import { createServer, type AddressInfo } from 'node:net';
import { Aedes } from 'aedes';

const aedes = await Aedes.createBroker({});
const server = createServer((socket) => void aedes.handle(socket));
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
