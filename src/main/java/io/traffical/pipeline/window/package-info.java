/**
 * Windows in time, and the plan of what a run must read, keep and replace, and why. Times are
 * microseconds since 1970 in UTC unless a name says otherwise. Imports neither Flink nor {@code
 * java.sql}.
 */
package io.traffical.pipeline.window;
