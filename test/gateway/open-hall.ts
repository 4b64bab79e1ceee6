// The small hall of the gateway's tests, open around the clock.
export const HALL = `
hall: { id: h1, name: { zh: 示例大厅, en: Example Hall }, timezone: Asia/Shanghai }
hours: { daily: ["00:00-24:00"] }
floors: [{ id: f1, name: 一楼 }]
zones: [{ id: z1, name: 等候区, floor: f1, capacity: 120, seats: 80 }]
queues: [{ id: q1, name: 社会保险, zone: z1, prefix: A }]
services: [{ id: s1, name: 参保登记, queue: q1 }]
windows:
  - { id: w1, label: "1", zone: z1, queues: [q1] }
  - { id: w2, label: "2", zone: z1, queues: [q1] }
screens:
  - { id: b1, name: 叫号屏, layout: calls, zone: z1 }
  - { id: s1, name: 窗口屏, layout: window, window: w1, zone: z1 }
staff: [{ id: "007", name: 张三 }]
http: { staff: loopback }
`;
