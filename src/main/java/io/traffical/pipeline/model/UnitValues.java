package io.traffical.pipeline.model;

/**
 * The values of one analysed unit in one policy.
 *
 * @param policy place of the policy in the plan
 * @param allocation place of the unit's allocation among the policy's
 * @param values the unit's value per metric of the policy's plan, 0 without facts
 */
public record UnitValues(int policy, int allocation, double[] values) {}
