package io.traffical.pipeline.model;

/** A row to store for one policy. */
public interface PolicyRow {
  /** Returns the place of the policy in the run's plan. */
  int policy();
}
