// @ts-check
// `npm start -- --help`: what may follow, in a few lines. The README has the environment variables beside the flags.
import { localized } from './language.mjs';

const en = `Hallcast 明厅

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

HALLCAST_LANG=zh|en  the language of all that this prints; default: the system's

README.md · README.zh-CN.md · docs/operators-guide.md`;

const zh = `Hallcast 明厅

  npm start                                 演示大厅，带模拟设备
  npm start -- --hall hall.yaml [参数]      真实大厅

  --hall FILE        大厅文件（YAML）
  --data DIR         流水和历史库所在目录；默认 ./data
  --http HOST:PORT   页面、API、实时数据流；默认 127.0.0.1:8080
  --mqtt HOST:PORT   内置 MQTT 消息服务器；默认 127.0.0.1:1883
  --broker URL       改用外部消息服务器：mqtt:// mqtts:// ws:// wss://
  --influx URL       用 InfluxDB（1.6 至 3.x）作历史库：http:// https://
  --peer URL         主备中另一台网关的地址（需要 --broker）
  --pace N           仅演示：N 倍速

  npm run -s map -- --help         查看大厅文件的来源会把一条消息变成哪些信号
  npm run -s backfill -- --hall …  用流水补写历史库

HALLCAST_LANG=zh|en  以上输出所用的语言；默认随系统

README.zh-CN.md · docs/operators-guide.zh-CN.md`;

/**
 * Prints the help and ends, where it is asked for.
 * @param {readonly string[]} flags
 */
export function helpIfAsked(flags) {
  if (!flags.some((flag) => flag === '--help' || flag === '-h')) return;
  console.log(localized(zh, en));
  process.exit(0);
}
