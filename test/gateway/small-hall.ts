/** A hall of one window for tests of the way in, decoded by the real decoder. */
import { parseHall } from '../../hall/config.ts';
import { createDecoder } from '../../hall/decode.ts';

const text = `
hall: { id: h1, name: { zh: 示例大厅, en: Example Hall }, timezone: Asia/Shanghai, level: city }
hours: { daily: ["00:00-24:00"], holidays: none }
floors: [{ id: f1, name: 一楼 }]
zones: [{ id: z1, name: 等候区, floor: f1, kind: waiting, capacity: 120, seats: 80 }]
queues: [{ id: q1, name: 社会保险, zone: z1, prefix: A }]
services: [{ id: s1, name: 参保登记, department: 人社局, queue: q1 }]
windows: [{ id: w1, label: "1", zone: z1, queues: [q1], department: 人社局 }]
`;

const parsed = parseHall(text, 'small-hall.ts');
if (!parsed.ok) throw new Error(`small hall: ${JSON.stringify(parsed.problems)}`);

export const smallHall = parsed.config;
export const decodeSmallHall = createDecoder(smallHall);
