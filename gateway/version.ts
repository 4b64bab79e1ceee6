// Which Hallcast this is, for those who read its summaries and health.
import manifest from '../package.json' with { type: 'json' };

export const VERSION: string = manifest.version;
