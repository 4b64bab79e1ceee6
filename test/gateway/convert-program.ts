/** Converts the journal that is its argument, as a process of its own that a test can kill. */
import { convertJournal } from '../../gateway/journal/convert.ts';

convertJournal(Deno.args[0]!, 'h1');
