// A client that is not ours: mosquitto_pub, as a technician would type it.
import { spawn } from 'node:child_process';

/** Publishes one message at QoS 1 and resolves when the broker has acknowledged it. */
export function mosquittoPub(port: number, topic: string, payload: object | string): Promise<void> {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const words = ['-h', '127.0.0.1', '-p', String(port), '-q', '1', '-t', topic, '-m', text];
  return new Promise((resolve, reject) => {
    const child = spawn('mosquitto_pub', words, { stdio: ['ignore', 'ignore', 'pipe'] });
    let complaint = '';
    child.stderr.on('data', (chunk) => (complaint += chunk));
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`mosquitto_pub ended with ${code}: ${complaint}`));
    });
  });
}
