// The peer of P1c: @tus/server with its file store, as its README sets it up.
//   node tus-server.mjs PEERS PORT FOLDER
import { createRequire } from 'node:module'
import path from 'node:path'

const [peers, port, directory] = process.argv.slice(2)
const require = createRequire(path.join(peers, 'index.js'))
const load = (name) => import(require.resolve(name))
const { Server } = await load('@tus/server')
const { FileStore } = await load('@tus/file-store')
new Server({ path: '/files', datastore: new FileStore({ directory }) }).listen({ host: '127.0.0.1', port: Number(port) })
