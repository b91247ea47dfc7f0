/**
 * Windows in time and the plan of what a run must read and why (STATE rules). Imports neither Flink
 * nor {@code java.sql}.
 */
package io.traffical.pipeline.window;
