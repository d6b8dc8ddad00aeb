/** Memory at which AWS Lambda gives one full vCPU; the share grows in proportion. */
const MB_PER_VCPU = 1769;

/** Threads for one operator: one below two full vCPUs, where a second only competes with the first. */
export function intraOpThreads(memoryMb: number): number {
  return memoryMb < 2 * MB_PER_VCPU ? 1 : Math.round(memoryMb / MB_PER_VCPU);
}
