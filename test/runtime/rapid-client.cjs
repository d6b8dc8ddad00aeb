/**
 * How AWS's runtime client (`aws-lambda-ric`) talks to the Runtime API, without its native part: that is compiled from
 * C++ when the package is installed, for which not every machine has the tools. It lies beside the client as the folder
 * `rapid-client.node`, where the client's `require` finds it.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
const { Agent, request } = require('node:http');

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const BASE = '/2018-06-01/runtime/invocation/';
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
let posted = Promise.resolve();

module.exports = {
  /** The next event; the answer to the last one is out before it is asked for. */
  async next() {
    await posted;
    const { headers, body } = await send('GET', 'next');
    return { bodyJson: body, headers: { ...headers, 'lambda-runtime-deadline-ms': deadlineOf(headers) } };
  },
  done(id, body) {
    posted = send('POST', `${id}/response`, body);
  },
  error(id, body, xrayCause) {
    const { errorType } = JSON.parse(body);
    posted = send('POST', `${id}/error`, body, {
      'Lambda-Runtime-Function-Error-Type': errorType,
      'Lambda-Runtime-Function-XRay-Error-Cause': xrayCause,
    });
  },
};

function deadlineOf(headers) {
  return Number(headers['lambda-runtime-deadline-ms']);
}

function send(method, path, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) };
    const options = { host, port, method, path: BASE + path, agent, headers: { ...headers, ...length } };
    const outgoing = request(options, (incoming) => {
      const chunks = [];
      incoming.on('data', (chunk) => chunks.push(chunk));
      incoming.on('end', () => resolve({ headers: incoming.headers, body: Buffer.concat(chunks).toString() }));
    });
    outgoing.on('error', reject).end(body);
  });
}
