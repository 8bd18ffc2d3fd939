// Register a birth: by keyboard alone, and with JavaScript off. Every screen on the way is held
// against axe and the checks of layout, at 100, 200 and 400 %, in light and in dark.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, photo, window } from '../lib/browser.mjs';
import { BIRTH, begin, fillForm, link, openProcedure, start, result, submit } from '../lib/journeys.mjs';
import { Person } from '../lib/person.mjs';
import { desk } from '../lib/stack.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

for (const js of [true, false]) {
  test(`a birth is registered by keyboard alone, ${js ? 'with' : 'without'} JavaScript`, async () => {
    const person = new Person(await window(browser, { js }));
    const known = (await desk.dossiers()).length;
    await begin(person);
    await link(person);
    await person.at('home');
    await openProcedure(person, 'khai sinh', /Thủ tục đăng ký khai sinh/);
    await start(person);
    const files = { 'Ảnh Giấy chứng sinh': await photo(browser) };
    const child = js ? 'Vừ Thị Hoa Ban' : 'Vừ Thị Hoa Đào';
    await fillForm(person, { ...BIRTH, 'Họ, chữ đệm, tên của trẻ': child }, files);
    const code = await submit(person);
    await person.press('Theo dõi hồ sơ này');
    await person.at('dossier');
    await result(person, code);
    await person.look('dossier, done');
    await person.press(/Xem kết quả/);
    await person.at('result');
    person.content();
    assert.equal((await desk.dossiers()).length, known + 1, 'one wish, one dossier');
  });
}
