// @ts-check
// `npm start -- --help`: what may follow, in a few lines. The README has the environment variables beside the flags.

const text = `Hallcast 明厅

  npm start                                 the demo hall with simulated devices
  npm start -- --hall hall.yaml [flags]     a real hall

  --hall FILE        hall file (YAML)
  --data DIR         folder of journal and history; default ./data
  --http HOST:PORT   pages, API, live stream; default 127.0.0.1:8080
  --mqtt HOST:PORT   embedded MQTT broker; default 127.0.0.1:1883
  --broker URL       an external broker instead: mqtt:// mqtts:// ws:// wss://
  --influx URL       an InfluxDB (1.6 to 3.x) as the history: http:// https://
  --peer URL         the other gateway of a pair (needs --broker)
  --pace N           demo only: N times as fast

  npm run -s map -- --help         which signals the hall file's sources make of a message
  npm run -s backfill -- --hall …  fills a history from the journal

README.md · README.zh-CN.md · docs/operators-guide.md`;

/**
 * Prints the help and ends, where it is asked for.
 * @param {readonly string[]} flags
 */
export function helpIfAsked(flags) {
  if (!flags.some((flag) => flag === '--help' || flag === '-h')) return;
  console.log(text);
  process.exit(0);
}
