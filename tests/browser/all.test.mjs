// Every job, one after the other: they share one stack, and count what lies on its desk.

import './jobs/1-birth.test.mjs';
import './jobs/5-errors-and-letters.test.mjs';
import './jobs/6-bad-input.test.mjs';
