// The other half: see half-a.

import './jobs/2-extract.test.mjs';
import './jobs/3-supplement.test.mjs';
import './jobs/5-errors-and-letters.test.mjs';
import './jobs/6-bad-input.test.mjs';
