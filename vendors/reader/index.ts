// The ready-made sources by the name that stands under `use` in the hall file.
import { homeAssistant } from './home-assistant.ts';
import { homie } from './homie.ts';
import type { ReaderKind } from './options.ts';
import { shelly } from './shelly.ts';
import { sparkplug } from './sparkplug.ts';
import { tasmota } from './tasmota.ts';
import { zigbee2mqtt } from './zigbee2mqtt.ts';

export const READERS: Readonly<Record<string, ReaderKind>> = {
  zigbee2mqtt,
  tasmota,
  shelly,
  homie,
  sparkplug,
  'home-assistant': homeAssistant,
};
