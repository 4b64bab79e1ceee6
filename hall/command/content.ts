// Files that people upload, and what becomes of those that nobody names. Both commands have no operation of their own: an upload
// is `POST /api/v1/content`, and the gateway itself removes. SPEC §23.10.
import * as v from 'valibot';
import { hasExpired, RENEW_MS, usedContent } from '../content.ts';
import { get, size } from '../table.ts';
import { command, type Decision, refuse } from './decide.ts';
import { contentFields } from './event.ts';

const name = v.pipe(
  v.string('should be text'),
  v.trim(),
  v.minLength(1, 'should not be empty'),
  v.maxLength(200, 'should have at most 200 characters'),
);
/** One after the other: all of them change how many files there are. */
const orderKey = () => 'content';

export const contentCommands = {
  'content.upload': command({
    audience: ['editor', 'approver', 'manager', 'admin'],
    summary: 'Stores a picture, PDF, video or sound; an SVG is sanitised',
    fields: { ...contentFields, name: v.optional(name) },
    orderKey,
    decide({ hash, bytes, media_type, name }, { hall, config, now }): Decision {
      const known = get(hall.uploads, hash);
      if (known !== undefined && now - known.at < RENEW_MS) return { events: [], result: {} };
      const most = config.limits.content_files_max;
      if (known === undefined && size(hall.uploads) >= most) {
        const detail = `file: ${most} files are stored already, should be at most so many (limits.content_files_max)`;
        return refuse(507, 'budget:content-files', detail);
      }
      const named = name ?? known?.name;
      const signal = {
        ...{ type: 'content.uploaded' as const, hash, bytes, media_type },
        ...(named !== undefined && { name: named }),
      };
      return { events: [{ stream: 'command', signal }], result: {} };
    },
  }),
  'content.remove': command({
    audience: [],
    summary: 'Removes an uploaded file that nobody has named for its time',
    fields: { hash: contentFields.hash },
    orderKey,
    decide({ hash }, { hall, config, now }): Decision {
      const known = get(hall.uploads, hash);
      if (known === undefined) return refuse(404, 'unknown:content', 'hash: is of no upload');
      const isUsed = usedContent(config, hall).has(hash);
      if (isUsed || !hasExpired(known.at, config.retention.content_days, now)) {
        return refuse(409, 'state', 'hash: is in use, or may still be named');
      }
      const signal = { type: 'content.removed' as const, hash };
      return { events: [{ stream: 'command', signal }], result: {} };
    },
  }),
} as const;
