/**
 * The way in as a process of its own, to be killed by tests and loaded by the bench: journal, broker
 * and the real decoder. Prints its MQTT port; SIGTERM stops it gracefully.
 * Arguments: data folder.
 */
import { startIntake } from '../../gateway/intake.ts';
import { startBroker } from '../../gateway/intake/broker.ts';
import { openJournal } from '../../gateway/journal.ts';
import { createClock } from '../../gateway/clock.ts';
import { decodeSmallHall } from './small-hall.ts';

const folder = Deno.args[0];
if (folder === undefined) throw new Error('crash-program: needs the data folder');
const onError = (error: unknown, { stage }: { stage: string }) => console.error(stage, error);
const journal = await openJournal({ file: `${folder}/journal.sqlite`, hall: 'h1', onError });
const intake = await startIntake({
  decode: decodeSmallHall,
  journal,
  clock: createClock(),
  open: (onPublish) => startBroker({ hostname: '127.0.0.1', port: 0, onError, onPublish }),
});
console.log(intake.port);

Deno.addSignalListener('SIGTERM', async () => {
  await intake.stop();
  await journal.close();
  Deno.exit(0);
});
