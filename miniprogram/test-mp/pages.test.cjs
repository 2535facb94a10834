/** The built mini-program as a whole: what is in it, what is not, and that every page of it compiles and opens. */
const assert = require('node:assert/strict')
const { readFileSync, readdirSync } = require('node:fs')
const { join } = require('node:path')
const { after, test } = require('node:test')
const { Phone, ROOT, sleep } = require('./phone.cjs')
const { Wechat } = require('./wechat.cjs')

const app = JSON.parse(readFileSync(join(ROOT, 'app.json'), 'utf8'))
const files = readdirSync(ROOT, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
const texts = files.filter(({ name }) => /\.(js|json|wxml|wxss)$/.test(name)).map(({ name, parentPath, path }) => {
  const file = join(parentPath ?? path, name)
  return { file: file.slice(ROOT.length + 1), text: readFileSync(file, 'utf8') }
})

after(() => void setTimeout(() => process.exit(), 100).unref())

test('the packages are lighter than WeChat allows', async () => {
  const { packages } = await import('../tools/weigh.mjs')
  for (const [name, bytes] of Object.entries(packages(ROOT))) {
    assert.ok(bytes > 0 && bytes < 2 * 1024 * 1024, `${name}: ${bytes}`)
  }
})

test('nothing of the browser is in it, and no file names a foreign host', () => {
  for (const { file, text } of texts) {
    assert.ok(file.endsWith('.wxss') || !/maplibre/i.test(text), `${file} holds the browser's map`)
    const hosts = [...text.matchAll(/url\(\s*['"]?(https?:\/\/[^)'"\s]+)/g)].map(([, url]) => url)
    assert.deepEqual(hosts, [], file)
  }
})

test('every page that is listed is there, and its own words are in both languages', () => {
  const pages = [...app.pages, ...(app.subPackages ?? []).flatMap(({ root, pages: inside }) => inside.map((page) => join(root, page)))]
  assert.ok(pages.length >= 15, `${pages.length} pages`)
  for (const page of pages) {
    for (const kind of ['js', 'json', 'wxml']) assert.ok(texts.some(({ file }) => file === `${page}.${kind}`), `${page}.${kind}`)
  }
})

test('every page opens on a phone that has no network, and says so in words', async () => {
  const town = { url: 'http://127.0.0.1:9', sandbox: 'http://127.0.0.1:9' }
  const wechat = new Wechat(town, 'nobody')
  const phone = new Phone(wechat)
  wechat.connect(false)
  for (const page of app.pages) {
    phone.open(`/${page}?code=SY01&order=0190f0a0-0000-7000-8000-000000000000&id=0190f0a0-0000-7000-8000-000000000000`)
    await phone.until(`words on ${page}`, () => phone.text().length > 0)
    await sleep(50)
    assert.ok(!/undefined|\[object|NaN/.test(phone.text()), `${page}: ${phone.text()}`)
  }
})
