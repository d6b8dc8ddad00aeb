import type { Construct } from 'constructs';
import type { InferenceApi } from '../../api/inference-api';
import type { JobFront } from '../../jobs/job-front';
import type { JobWorker } from '../../jobs/job-worker';
import type { Jobs } from '../../jobs/jobs';
import type { ServiceMonitoring } from '../../observability/service-monitoring';
import { addJobService, JobService, type JobServiceOptions } from '../job-service';

/** Properties of an `Asynchronous` service. */
export interface AsynchronousProps extends JobServiceOptions {}

/**
 * Asynchronous: a queue stands between request and inference, so the client does not wait; it comes back for the result,
 * or somebody else receives it. What was accepted reaches an end, whatever dies on the way.
 *
 * Source: mercari/ml-system-design-pattern, Serving-patterns/Asynchronous-pattern
 */
export class Asynchronous extends JobService {
  /** The HTTP front. */
  public readonly api: InferenceApi;
  /** Accepts jobs, and shows, cancels and retries them. */
  public readonly front: JobFront;
  /** Runs jobs. */
  public readonly worker: JobWorker;
  /** Table, queues and bucket of the jobs. */
  public readonly jobs: Jobs;
  /** Dashboard and alarms. */
  public readonly monitoring: ServiceMonitoring;

  public constructor(scope: Construct, id: string, props: AsynchronousProps) {
    super(scope, id);
    const parts = addJobService(this, props);
    this.jobs = parts.jobs;
    this.worker = parts.worker;
    this.front = parts.front;
    this.api = parts.api;
    this.monitoring = parts.monitoring;
  }
}
