// First line: the titles as JSON. Then a query a line; answers `{codes, nanos}`.
import { createInterface } from 'node:readline'
import MiniSearch from 'minisearch'

let index
for await (const line of createInterface({ input: process.stdin })) {
  if (!index) {
    index = new MiniSearch({ fields: ['title'], searchOptions: { fuzzy: 0.34, prefix: true } })
    index.addAll(JSON.parse(line))
    console.log(Buffer.byteLength(JSON.stringify(index)))
    continue
  }
  const query = JSON.parse(line)
  const start = process.hrtime.bigint()
  const codes = index.search(query).slice(0, 5).map((hit) => hit.id)
  const nanos = Number(process.hrtime.bigint() - start)
  console.log(JSON.stringify({ codes, nanos }))
}
