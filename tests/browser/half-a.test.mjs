// One half of the browser's tests. They share one stack and run one after the other, because some
// count what lies on the officer's desk and some kill the web shell; the other half has its own.

import './jobs/1-birth.test.mjs';
import './jobs/4-undo.test.mjs';
import './jobs/7-paying.test.mjs';
