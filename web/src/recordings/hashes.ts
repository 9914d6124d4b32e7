/**
 * The standard digests and signature the proof needs. By the browser itself (WebCrypto) where it offers them; an intranet
 * page without TLS has no WebCrypto, and older browsers no Ed25519: then by the noble libraries, fetched from our own server.
 */
export interface Hashes {
  sha256(bytes: Uint8Array): Promise<Uint8Array>;
  hmacSha256(key: Uint8Array, bytes: Uint8Array): Promise<Uint8Array>;
  ed25519(publicKey: Uint8Array, signature: Uint8Array, message: Uint8Array): Promise<boolean>;
  /** Shown beside the result: who did the arithmetic. */
  by: 'webcrypto' | 'noble';
}

export async function hashes(subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle): Promise<Hashes> {
  return subtle ? webCrypto(subtle) : noble();
}

const buffer = (bytes: Uint8Array) => bytes as Uint8Array<ArrayBuffer>;

export function webCrypto(subtle: SubtleCrypto): Hashes {
  return {
    by: 'webcrypto',
    sha256: async (bytes) => new Uint8Array(await subtle.digest('SHA-256', buffer(bytes))),
    hmacSha256: async (key, bytes) => {
      const hmac = await subtle.importKey('raw', buffer(key), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
      return new Uint8Array(await subtle.sign('HMAC', hmac, buffer(bytes)));
    },
    ed25519: async (publicKey, signature, message) => {
      let key: CryptoKey;
      try {
        key = await subtle.importKey('raw', buffer(publicKey), { name: 'Ed25519' }, false, ['verify']);
      } catch {
        return (await noble()).ed25519(publicKey, signature, message); // a browser before 2025
      }
      return subtle.verify({ name: 'Ed25519' }, key, buffer(signature), buffer(message));
    },
  };
}

export async function noble(): Promise<Hashes> {
  const [{ sha256, sha512 }, { hmac }, ed] = await Promise.all([
    import('@noble/hashes/sha2.js'), import('@noble/hashes/hmac.js'), import('@noble/ed25519'),
  ]);
  ed.hashes.sha512 = (message: Uint8Array) => sha512(message) as Uint8Array<ArrayBuffer>;
  return {
    by: 'noble',
    sha256: async (bytes) => sha256(bytes),
    hmacSha256: async (key, bytes) => hmac(sha256, key, bytes),
    ed25519: async (publicKey, signature, message) => {
      try {
        return ed.verify(signature, message, publicKey);
      } catch {
        return false; // a point that is not on the curve, a key of the wrong length
      }
    },
  };
}
