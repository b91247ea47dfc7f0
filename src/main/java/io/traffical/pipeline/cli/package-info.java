/**
 * The command line: one class per command, the same answers as table or JSON, exit codes in one
 * place.
 */
package io.traffical.pipeline.cli;
