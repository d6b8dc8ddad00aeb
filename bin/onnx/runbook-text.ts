/** The runbook of a new model: what its alarms mean, before anybody has been called. */
export function runbookText(name: string, owner: string): string {
  return `# Runbook: ${name}

Owner: ${owner}. TODO: how to reach them, and who decides to switch the service off.

| Alarm | It means | Do |
| --- | --- | --- |
| Errors (5xx) | The function fails: the model does not load, or memory runs out. | Read the newest log line with a \`reason\` and follow its request id. Did a release precede it? Go back one version. |
| Not ready, self-test failed | \`model.onnx\` has another hash than its card, or a golden case is off. | The former version still serves. Commit model, card and golden cases together. |
| p99 latency | A warm request takes longer than \`p99Ms\` of the card. | Cold starts: provisioned concurrency. Long batches: fewer rows a request. Otherwise more memory, which is more CPU. |
| Many 4xx | A caller changed its format. | The error body names the field. |
| Answers look wrong | Drift, or wrong preprocessing upstream. | TODO: what to compare with what. |

Falling back: TODO (a smaller model, or the version before).

Training again: TODO. Raise \`version\` in \`model.yaml\` when the weights change.
`;
}
