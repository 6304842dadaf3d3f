// As many workers as there are cores, as Node's documentation of `cluster` has it; they share a port, and take connections in turn.

import cluster from "node:cluster";
import { createPrivateKey } from "node:crypto";
import { availableParallelism } from "node:os";

export const port = Number(process.env.PORT);

// Whoever starts the peers makes the key, so that all workers sign with the same one.
export const key = {
  ...createPrivateKey(process.env.SIGNING_KEY).export({ format: "jwk" }),
  alg: "RS256",
  use: "sig",
  kid: "bench",
};

export async function work(serve) {
  if (cluster.isWorker) return serve();
  for (let worker = 0; worker < availableParallelism(); worker += 1) cluster.fork();
  cluster.on("exit", () => {
    console.error("a worker ended");
    process.exit(1);
  });
}
