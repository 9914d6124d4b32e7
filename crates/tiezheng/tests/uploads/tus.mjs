// Uploads one file with tus-js-client, as told by the JSON on the command line. Prints a line of JSON for each thing that
// happens: {method, status} of every request, {sent}, at the end {done: URL}, {stopped: URL} or {error}.
//
// {web, endpoint, file, headers, chunk, parallel, deferred, override, withCreation, checksum, metadata, stopAt, terminate}
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';

const told = JSON.parse(process.argv[2]);
const tus = createRequire(`${told.web}/package.json`)('tus-js-client');
const say = (line) => console.log(JSON.stringify(line));

// tus-js-client knows no checksums: they are added to the bytes on their way out.
class Stack extends tus.DefaultHttpStack {
  createRequest(method, url) {
    const request = super.createRequest(method, url);
    const send = request.send.bind(request);
    request.send = async (body) => {
      if (told.checksum && body) {
        const bytes = Buffer.isBuffer(body) ? body : Buffer.concat(await body.toArray());
        const digest = createHash(told.checksum).update(bytes).digest('base64');
        request.setHeader('Upload-Checksum', `${told.checksum} ${digest}`);
        body = bytes;
      }
      const response = await send(body);
      say({ method, status: response.getStatus() });
      return response;
    };
    return request;
  }
}

let stopped = false;
async function stopOnce() {
  if (stopped) return;
  stopped = true;
  await upload.abort(told.terminate ?? false);
  say({ stopped: upload.url });
}

// A stream whose end nobody knows, where the length is deferred.
const file = createReadStream(told.file);
const upload = new tus.Upload(told.deferred ? Readable.from(file) : file, {
  endpoint: told.endpoint,
  headers: told.headers,
  chunkSize: told.chunk ?? Infinity,
  parallelUploads: told.parallel ?? 1,
  uploadLengthDeferred: told.deferred ?? false,
  uploadDataDuringCreation: told.withCreation ?? false,
  overridePatchMethod: told.override ?? false,
  metadata: told.metadata ?? {},
  retryDelays: Array(60).fill(250),
  storeFingerprintForResuming: false,
  httpStack: new Stack({}),
  onProgress: (sent) => {
    say({ sent });
    if (told.stopAt !== undefined && sent >= told.stopAt) void stopOnce();
  },
  onSuccess: () => say({ done: upload.url }),
  onError: (error) => {
    say({ error: String(error), status: error.originalResponse?.getStatus() ?? null });
    process.exitCode = 1;
  },
});
upload.start();
