// A Callsign server for one suite: on free ports of loopback, in a data folder of its own that is removed afterwards.

import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { connect } from "node:tls";
import { promisify } from "node:util";

const run = promisify(execFile);
const TAIL_LINES_MAX = 40;

const binary = process.env.CALLSIGN_BINARY;
if (!binary) {
  console.error(
    "CALLSIGN_BINARY does not name the server's binary. `cargo xtask test --only portal` sets it; by hand build it " +
      "with `cargo build` and name target/debug/callsign.",
  );
  process.exit(2);
}

// Nothing of the caller's shell leaks into the server.
function environmentWith(settings) {
  const foreign = /^(CALLSIGN_|AZURE_|COMMUNICATION_)/;
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return { ...Object.fromEntries(kept), ...settings };
}

// Starts one with these flags and settings (variables), and waits for its banner.
export async function startServer({ flags = [], settings = {} } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "callsign-portal-"));
  const place = ["--data-dir", folder];
  const listeners = ["--https", "127.0.0.1:0", "--http", "127.0.0.1:0"];
  const child = spawn(binary, ["serve", ...listeners, ...place, ...flags], {
    env: environmentWith({ CALLSIGN_LOG_LEVEL: "warn", ...settings }),
    stdio: ["ignore", "ignore", "pipe"],
  });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const { https, http, said } = await banner(child);
  const certificate = await leafOf(https, join(folder, "tls", "ca.pem"));

  return {
    https,
    http,
    // What Chromium knows the server's certificate by, after it was checked here against the server's own authority.
    certificate,
    said,
    // What the command prints to its standard output.
    async command(...words) {
      return (await run(binary, [...words, ...place], { env: environmentWith({}) })).stdout.trim();
    },
    async stop() {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      const [code] = await ended;
      process.removeListener("exit", kill);
      await rm(folder, { recursive: true, force: true });
      if (code !== 0) throw new Error(`the server ended with ${code}; it said:\n${said.join("\n")}`);
    },
  };
}

// Reads what the server says until it is ready, and goes on reading so that it never waits for a full pipe.
async function banner(child) {
  const said = [];
  const found = {};
  const lines = createInterface({ input: child.stderr });
  await new Promise((ready, failed) => {
    lines.on("line", (line) => {
      said.push(line);
      if (said.length > TAIL_LINES_MAX) said.shift();
      const [, scheme, address] = /^ {2}(https?) +(\S+)\/$/.exec(line) ?? [];
      if (scheme) found[scheme] = address;
      if (line.startsWith("Next:")) ready();
    });
    lines.on("close", () => failed(new Error(`the server ended before it was ready; it said:\n${said.join("\n")}`)));
  });
  return { ...found, said };
}

// The digest of the public key by which the server speaks TLS.
async function leafOf(https, authority) {
  const { hostname, port } = new URL(https);
  const socket = connect({ host: "127.0.0.1", port, servername: hostname, ca: await readFile(authority) });
  await once(socket, "secureConnect");
  const key = socket.getPeerX509Certificate().publicKey.export({ type: "spki", format: "der" });
  socket.destroy();
  return createHash("sha256").update(key).digest("base64");
}
